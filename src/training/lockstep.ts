import type { Broker, RolloutTask, TrajectoryEntry } from '../broker/index.js';

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

/** The lockstep schedule: for every shard in turn, task (s, k) is issued once (s, k − 1) is committed and version
 *  max(0, k − lag) is published, and iteration k gets the batches (s, k) of all shards in shard order. What is collected with
 *  which weights is thereby fixed by the spec; who collects it and when is not. */
export class LockstepSchedule {
  private readonly broker: Broker;
  private readonly options: LockstepOptions;
  private published: number;
  private wake: () => void = () => {};
  private waiting: Promise<void>;
  /** k → shard → entry, as they arrive. */
  private readonly arrived = new Map<number, (TrajectoryEntry | undefined)[]>();
  private arrival: () => void = () => {};
  /** Tasks that are issued next, and when they are. */
  private readonly issuing: RolloutTask[] = [];
  private issued: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | null = null;

  constructor(broker: Broker, options: LockstepOptions, published: number) {
    this.broker = broker;
    this.options = options;
    this.published = published;
    this.waiting = this.nextWake();
  }

  /** Starts the tasks of every shard; they go on until the end or until the signal aborts. */
  run(signal: AbortSignal): void {
    for (let s = 0; s < this.options.shards; s++) {
      this.runShard(s, signal).catch((error: unknown) => {
        if (!signal.aborted) this.fail(error);
      });
    }
  }

  /** Ends the schedule: whoever waits for entries, or will, gets the error. The first counts. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.arrival();
  }

  /** Tells that the weights of a version can be fetched. */
  publish(version: number): void {
    this.published = version;
    this.wake();
    this.waiting = this.nextWake();
  }

  /** The entries (s, k) of all shards, in shard order, waiting for the last. Rejects when a shard cannot go on. */
  async entries(k: number): Promise<readonly TrajectoryEntry[]> {
    for (;;) {
      if (this.failure !== null) throw this.failure.error;
      const arrived = this.arrived.get(k);
      if (arrived?.every((entry) => entry !== undefined)) {
        this.arrived.delete(k);
        return arrived;
      }
      await new Promise<void>((resolve) => {
        this.arrival = resolve;
      });
    }
  }

  private async runShard(shard: number, signal: AbortSignal): Promise<void> {
    const { jobId, epoch, lag, start, end, shards } = this.options;
    for (let k = start; k < end && !signal.aborted; k++) {
      const version = actingVersion(k, lag);
      while (this.published < version) {
        await this.waiting;
        if (signal.aborted) return;
      }
      await this.issue({ jobId, shard, k, version, epoch });
      const entry = await this.broker.trajectories.read(jobId, shard, k, signal);
      let arrived = this.arrived.get(k);
      if (arrived === undefined) {
        arrived = new Array<TrajectoryEntry | undefined>(shards).fill(undefined);
        this.arrived.set(k, arrived);
      }
      arrived[shard] = entry;
      this.arrival();
    }
  }

  /** Issues a task with those that other shards issue in this turn: when a version is published, all of them do. */
  private issue(task: RolloutTask): Promise<void> {
    this.issuing.push(task);
    if (this.issuing.length === 1) {
      this.issued = Promise.resolve().then(() => this.broker.tasks.issue(this.issuing.splice(0)));
    }
    return this.issued;
  }

  private nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
