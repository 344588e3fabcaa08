import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/index.js';
import type { Broker } from '../../../src/broker/index.js';
import type { TrainingEvent } from '../../../src/training/index.js';

export interface FailedEvent {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type RecordedEvent = (TrainingEvent | FailedEvent) & {
  /** Greater for a learner that took the job over than for those before. */
  readonly term: number;
  /** Milliseconds since the follower began, by its own clock. */
  readonly seenMs: number;
};

/** How often a history that broke off is looked for again: Redis may have lost it, and a learner may bring the job back. */
const LOOK_AGAIN_MS = 100;

/** Everything that a job told, in the order in which it was told, also over a loss of all data. */
export class JobHistory {
  readonly events: RecordedEvent[] = [];
  readonly #looks = new Set<() => void>();
  #newest = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(broker: Broker, jobId: string) {
    const end = new AbortController();
    const following = this.#follow(broker, jobId, end.signal).catch((error: unknown) => {
      this.#failure = { error };
      for (const look of this.#looks) look();
    });
    onTestFinished(async () => {
      end.abort();
      await following;
    });
  }

  /** The most iterations that were ever done. */
  get newest(): number {
    return this.#newest;
  }

  /** Resolves once `iteration` iterations were done, by whatever learner. Rejects when the job ends before. */
  reached(iteration: number): Promise<void> {
    return this.#until(
      () => (this.#newest >= iteration ? true : undefined),
      () => `iteration ${iteration}`,
    ).then(() => {});
  }

  /** How often learners have begun with the job. */
  get learnersBegun(): number {
    return this.events.filter(({ type }) => type === 'started').length;
  }

  /** Resolves once learners have begun with the job for the `nth` time. Rejects when the job ends before. */
  begun(nth: number): Promise<void> {
    return this.#until(
      () => (this.learnersBegun >= nth ? true : undefined),
      () => `learner ${nth}`,
    ).then(() => {});
  }

  /** The job's last event. */
  ended(): Promise<RecordedEvent> {
    return this.#until(
      () => this.events.find(isLast),
      () => 'the end',
    );
  }

  /** Digest of the weights with which the job succeeded. Rejects with what else became of it. */
  async digest(): Promise<string> {
    const last = await this.ended();
    if (last.type === 'finished' && last.state === 'succeeded') return last.digest;
    throw new Error(`the job did not succeed: ${JSON.stringify(last)}`);
  }

  /** The longest time between two iterations, in milliseconds. */
  longestPauseMs(): number {
    const times = this.events.filter(({ type }) => type === 'iteration').map(({ seenMs }) => seenMs);
    return Math.max(0, ...times.slice(1).map((time, i) => time - times[i]!));
  }

  async #follow(broker: Broker, jobId: string, signal: AbortSignal): Promise<void> {
    const begun = systemClock.monotonic();
    for (let sequence = 0; !signal.aborted; ) {
      for await (const event of broker.events.follow(jobId, sequence, signal)) {
        sequence = event.sequence;
        const told = JSON.parse(event.payload) as RecordedEvent;
        this.events.push({ ...told, seenMs: systemClock.monotonic() - begun });
        if (told.type === 'iteration') this.#newest = Math.max(this.#newest, told.iteration);
        for (const look of this.#looks) look();
        if (isLast(told)) return;
      }
      // Another history begins, where there is one.
      sequence = 0;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  #until<T>(find: () => T | undefined, what: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        const last = this.events.find(isLast);
        if (found === undefined && last === undefined && this.#failure === null) return;
        this.#looks.delete(look);
        if (found !== undefined) resolve(found);
        else reject(this.#failure?.error ?? new Error(`the job ended before ${what()}: ${JSON.stringify(last)}`));
      };
      this.#looks.add(look);
      look();
    });
  }
}

const isLast = (event: TrainingEvent | FailedEvent): boolean => event.type === 'failed' || event.type === 'finished';
