import type { Broker } from '../broker/index.js';
import { type Schedule, type ScheduledBatch, type ScheduledIteration, Signal, TaskIssuer } from './schedule.js';

export interface AsynchronousOptions {
  readonly jobId: string;
  readonly epoch: number;
  /** Shard → the first batch to collect. */
  readonly cursors: readonly number[];
  /** Batches that an iteration consumes. */
  readonly batchesPerIteration: number;
  /** Batches of one shard that are collected and not consumed, at most: a shard that has so many waits for the learner. */
  readonly batchesPerShard: number;
  /** A batch whose policy is older than the learner's by more iterations is not learned from. */
  readonly maxPolicyLag: number;
  /** The version that acted in a batch. */
  readonly versionOf: (batch: Uint8Array) => number;
}

/** Versions before the newest that stay where actors fetch them: an actor reads which is the newest, and then fetches it. */
const KEPT_VERSIONS = 8;

/** The asynchronous schedule: every shard goes on with the newest weights as soon as it has delivered, and an iteration consumes the
 *  batches that have waited longest, whichever shards they are from. Source: Espeholt et al. 2018 (IMPALA). */
export class AsynchronousSchedule implements Schedule {
  private readonly broker: Broker;
  private readonly options: AsynchronousOptions;
  private readonly issuer: TaskIssuer;
  private published: number;
  /** In the order of their arrival. */
  private readonly arrived: (ScheduledBatch & { readonly version: number })[] = [];
  private readonly arrival = new Signal();
  private readonly release = new Signal();
  /** Shard → the first batch that is not consumed. */
  private readonly consumed: number[];
  /** Shard → the first batch that the broker has to keep a place for. */
  private released: readonly number[];
  private failure: { readonly error: unknown } | null = null;

  constructor(broker: Broker, options: AsynchronousOptions, published: number) {
    this.broker = broker;
    this.options = options;
    this.issuer = new TaskIssuer((tasks) => broker.tasks.issue(tasks));
    this.published = published;
    this.consumed = [...options.cursors];
    this.released = options.cursors;
  }

  run(signal: AbortSignal): void {
    for (let s = 0; s < this.consumed.length; s++) {
      this.runShard(s, signal).catch((error: unknown) => {
        if (!signal.aborted) this.fail(error);
      });
    }
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.arrival.raise();
  }

  publish(version: number): void {
    this.published = version;
  }

  /** Which batches come next is decided when they are taken. */
  arrivedFor(): null {
    return null;
  }

  oldestNeeded(version: number): number {
    return Math.max(0, version - KEPT_VERSIONS);
  }

  /** The batches that have waited longest; those that are too old by now are passed over. */
  async take(iteration: number): Promise<ScheduledIteration> {
    const { batchesPerIteration, maxPolicyLag } = this.options;
    const batches: ScheduledBatch[] = [];
    const dropped: ScheduledBatch[] = [];
    while (batches.length < batchesPerIteration) {
      if (this.failure !== null) throw this.failure.error;
      const next = this.arrived.shift();
      if (next !== undefined) {
        const { shard, k, entry, version } = next;
        (iteration - version > maxPolicyLag ? dropped : batches).push({ shard, k, entry });
        this.consumed[shard] = k + 1;
      } else if (this.consumed.some((k, shard) => k > this.released[shard]!)) {
        // What is missing may be waiting for the places of what is here.
        await this.makeRoom();
      } else {
        await this.arrival.wait();
      }
    }
    // The shards go on while the learner learns: the broker keeps nothing for whoever takes over, who begins at a checkpoint.
    await this.makeRoom();
    return { batches, dropped };
  }

  private async makeRoom(): Promise<void> {
    const { jobId, epoch } = this.options;
    const released = [...this.consumed];
    await this.broker.trajectories.release(jobId, released, epoch);
    this.released = released;
    this.release.raise();
  }

  private async runShard(shard: number, signal: AbortSignal): Promise<void> {
    const { jobId, epoch, cursors, batchesPerShard, versionOf } = this.options;
    for (let k = cursors[shard]!; !signal.aborted; k++) {
      while (k - this.released[shard]! >= batchesPerShard) {
        await this.release.wait();
        if (signal.aborted) return;
      }
      await this.issuer.add({ jobId, shard, k, version: this.published, epoch, newest: true });
      const entry = await this.broker.trajectories.read(jobId, shard, k, signal);
      this.arrived.push({ shard, k, entry, version: versionOf(entry.batch) });
      this.arrival.raise();
    }
  }
}
