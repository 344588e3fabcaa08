import type { Clock } from '../../base/index.js';
import type { Events, JobEvent } from '../port.js';
import { assertJobId } from '../validate.js';
import type { Waiter, Waiting } from '../waiting.js';

interface History {
  /** The newest events, at most twice the limit: cutting only then makes an append constant-time on average. */
  events: JobEvent[];
  sequence: number;
  readonly followers: Set<Waiter<'appended' | 'removed'>>;
  /** The newest tokens, oldest first. */
  readonly tokens: Map<string, JobEvent>;
}

/** A token that comes again is recognized among that many newest ones. */
const REMEMBERED = 32;

function remember(tokens: Map<string, JobEvent>, token: string, event: JobEvent): void {
  tokens.set(token, event);
  const [oldest] = tokens.keys();
  if (oldest !== undefined && tokens.size > REMEMBERED) tokens.delete(oldest);
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

  async append(jobId: string, type: string, payload: string, token?: string): Promise<JobEvent> {
    this.#waiting.assertOpen();
    assertJobId(jobId);
    const history = this.#history(jobId);
    const earlier = token === undefined ? undefined : history.tokens.get(token);
    if (earlier !== undefined) return earlier;
    const event = { sequence: ++history.sequence, at: this.#clock.now(), type, payload };
    history.events.push(event);
    if (token !== undefined) remember(history.tokens, token, event);
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
      history = { events: [], sequence: 0, followers: new Set(), tokens: new Map() };
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
