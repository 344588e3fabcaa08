import type { RolloutTask, TrajectoryEntry } from '../broker/index.js';

/** A batch that an iteration consumes, and where it comes from. */
export interface ScheduledBatch {
  readonly shard: number;
  readonly k: number;
  readonly entry: TrajectoryEntry;
}

/** Batches that an iteration consumes, and those that it passes over. */
export interface ScheduledIteration {
  readonly batches: readonly ScheduledBatch[];
  /** Too old to learn from; consumed all the same: their shards have gone on. */
  readonly dropped: readonly ScheduledBatch[];
}

/** In which order batches are asked for and consumed. Only a learner uses it; its tasks go to whichever actor takes them. */
export interface Schedule {
  /** Starts the tasks of every shard; they go on until the end or until the signal aborts. */
  run(signal: AbortSignal): void;
  /** Ends the schedule: whoever waits for batches, or will, gets the error. The first counts. */
  fail(error: unknown): void;
  /** What iteration `iteration` consumes, waiting for it. Rejects when a shard cannot go on. */
  take(iteration: number): Promise<ScheduledIteration>;
  /** The batches of an iteration that nobody has taken, in the order of `take`; null while one is missing, or where it is not known
   *  before which they will be. */
  arrivedFor(iteration: number): readonly Uint8Array[] | null;
  /** Tells that the weights of a version can be fetched. */
  publish(version: number): void;
  /** The oldest version that a task may still need, once `version` is published. */
  oldestNeeded(version: number): number;
}

/** Issues tasks, those of one turn together: when a version is published, many shards go on at once. */
export class TaskIssuer {
  private readonly issue: (tasks: readonly RolloutTask[]) => Promise<void>;
  private readonly waiting: RolloutTask[] = [];
  private issued: Promise<void> = Promise.resolve();

  constructor(issue: (tasks: readonly RolloutTask[]) => Promise<void>) {
    this.issue = issue;
  }

  add(task: RolloutTask): Promise<void> {
    this.waiting.push(task);
    if (this.waiting.length === 1) {
      this.issued = Promise.resolve().then(() => this.issue(this.waiting.splice(0)));
    }
    return this.issued;
  }
}

/** Something that others wait for, again and again. */
export class Signal {
  private fire: () => void = () => {};
  private next: Promise<void>;

  constructor() {
    this.next = this.renew();
  }

  /** Wakes all that wait now. */
  raise(): void {
    this.fire();
    this.next = this.renew();
  }

  /** Resolves when it is raised next. */
  wait(): Promise<void> {
    return this.next;
  }

  private renew(): Promise<void> {
    return new Promise((resolve) => {
      this.fire = resolve;
    });
  }
}
