import type { Clock } from '../../base/index.js';
import type { Events, JobEvent } from '../port.js';
import { assertJobId } from '../validate.js';
import type { Waiter, Waiting } from '../waiting.js';

interface History {
  /** The newest events, at most twice the limit: cutting only then makes an append constant-time on average. */
  events: JobEvent[];
  sequence: number;
  readonly followers: Set<Waiter<'appended' | 'removed'>>;
}

export class MemoryEvents implements Events {
  readonly #jobs = new Map<string, History>();
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #waiting: Waiting;

  constructor(limit: number, clock: Clock, waiting: Waiting) {
    this.#limit = limit;
    this.#clock = clock;
    this.#waiting = waiting;
  }

  async append(jobId: string, type: string, payload: string): Promise<JobEvent> {
    this.#waiting.assertOpen();
    assertJobId(jobId);
    const history = this.#history(jobId);
    const event = { sequence: ++history.sequence, at: this.#clock.now(), type, payload };
    history.events.push(event);
    if (history.events.length >= this.#limit * 2) history.events = history.events.slice(-this.#limit);
    for (const follower of [...history.followers]) follower.resolve('appended');
    return event;
  }

  async read(jobId: string, sequence: number, limit?: number): Promise<readonly JobEvent[]> {
    this.#waiting.assertOpen();
    return this.#after(jobId, sequence).slice(0, limit);
  }

  async *follow(jobId: string, sequence: number, signal: AbortSignal): AsyncIterable<JobEvent> {
    this.#waiting.assertOpen();
    assertJobId(jobId);
    let last = sequence;
    while (!signal.aborted) {
      const events = this.#after(jobId, last);
      for (const event of events) {
        if (signal.aborted) return;
        last = event.sequence;
        yield event;
      }
      if (events.length > 0) continue;
      try {
        if ((await this.#wait(jobId, signal)) === 'removed') return;
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
  }

  forget(jobId: string): void {
    const history = this.#jobs.get(jobId);
    this.#jobs.delete(jobId);
    for (const follower of [...(history?.followers ?? [])]) follower.resolve('removed');
  }

  async #wait(jobId: string, signal: AbortSignal): Promise<'appended' | 'removed'> {
    const history = this.#history(jobId);
    try {
      return await this.#waiting.wait(history.followers, signal);
    } finally {
      if (history.sequence === 0 && history.followers.size === 0 && this.#jobs.get(jobId) === history) {
        this.#jobs.delete(jobId);
      }
    }
  }

  #history(jobId: string): History {
    let history = this.#jobs.get(jobId);
    if (history === undefined) {
      history = { events: [], sequence: 0, followers: new Set() };
      this.#jobs.set(jobId, history);
    }
    return history;
  }

  #after(jobId: string, sequence: number): JobEvent[] {
    const history = this.#jobs.get(jobId);
    if (history === undefined) return [];
    const oldest = Math.max(history.sequence - Math.min(history.events.length, this.#limit), sequence);
    const count = history.sequence - oldest;
    return count > 0 ? history.events.slice(-count) : [];
  }
}
