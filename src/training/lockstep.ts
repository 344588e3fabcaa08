import type { RolloutTasks, Trajectories } from '../broker/index.js';
import { type Schedule, type ScheduledBatch, type ScheduledIteration, Signal, TaskIssuer } from './schedule.js';

/** Version of the policy that collects batch k under lag L: max(0, k − L). */
export const actingVersion = (k: number, lag: number): number => Math.max(0, k - lag);

export interface LockstepOptions {
  readonly jobId: string;
  readonly epoch: number;
  readonly shards: number;
  readonly lag: number;
  /** First batch index to collect. */
  readonly start: number;
  /** Batches at or beyond this index are not asked for; Infinity where the end is not known. */
  readonly end: number;
}

export interface LockstepBroker {
  readonly tasks: Pick<RolloutTasks, 'issue'>;
  readonly trajectories: Pick<Trajectories, 'read'>;
}

/** The lockstep schedule: for every shard in turn, task (s, k) is issued once (s, k − 1) is committed and version
 *  max(0, k − lag) is published, and iteration k gets the batches (s, k) of all shards in shard order. What is collected with
 *  which weights is thereby fixed by the spec; who collects it and when is not. */
export class LockstepSchedule implements Schedule {
  private readonly broker: LockstepBroker;
  private readonly options: LockstepOptions;
  private readonly issuer: TaskIssuer;
  private published: number;
  private readonly publishing = new Signal();
  /** k → shard → batch, as they arrive. */
  private readonly arrived = new Map<number, (ScheduledBatch | undefined)[]>();
  private readonly arrival = new Signal();
  private failure: { readonly error: unknown } | null = null;

  constructor(broker: LockstepBroker, options: LockstepOptions, published: number) {
    this.broker = broker;
    this.options = options;
    this.issuer = new TaskIssuer((tasks) => broker.tasks.issue(tasks));
    this.published = published;
  }

  run(signal: AbortSignal): void {
    for (let s = 0; s < this.options.shards; s++) {
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
    this.publishing.raise();
  }

  oldestNeeded(version: number): number {
    return actingVersion(version, this.options.lag);
  }

  /** The batches (s, k) of all shards, in shard order, waiting for the last. */
  async take(k: number): Promise<ScheduledIteration> {
    for (;;) {
      if (this.failure !== null) throw this.failure.error;
      const batches = this.arrived.get(k);
      if (batches?.every((batch) => batch !== undefined)) {
        this.arrived.delete(k);
        return { batches, dropped: [] };
      }
      await this.arrival.wait();
    }
  }

  arrivedFor(k: number): readonly Uint8Array[] | null {
    const batches = this.arrived.get(k);
    if (batches === undefined || batches.includes(undefined)) return null;
    return batches.map((batch) => batch!.entry.batch);
  }

  private async runShard(shard: number, signal: AbortSignal): Promise<void> {
    const { jobId, epoch, lag, start, end, shards } = this.options;
    for (let k = start; k < end && !signal.aborted; k++) {
      const version = actingVersion(k, lag);
      while (this.published < version) {
        await this.publishing.wait();
        if (signal.aborted) return;
      }
      const issued = this.issuer.add({ jobId, shard, k, version, epoch });
      // Beside it: that the batch is not there yet is found out on the same way.
      const reading = this.broker.trajectories.read(jobId, shard, k, signal);
      reading.catch(() => {});
      await issued;
      const entry = await reading;
      let arrived = this.arrived.get(k);
      if (arrived === undefined) {
        arrived = new Array<ScheduledBatch | undefined>(shards).fill(undefined);
        this.arrived.set(k, arrived);
      }
      arrived[shard] = { shard, k, entry };
      this.arrival.raise();
    }
  }
}
