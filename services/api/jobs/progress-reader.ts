import type { Events } from '../../../src/broker/index.js';
import type { ToldChanges } from '../series/told-changes.js';
import { type Progress, ProgressFold } from './progress.js';

/** Events read at once: a history has thousands, some of many kilobytes. */
const PAGE = 200;
/** Jobs whose histories are not read from their beginning every time. */
const REMEMBERED_JOBS = 500;

interface Known {
  readonly fold: ProgressFold;
  sequence: number;
  /** When the event of that number was written, which tells whether the history is still the same. */
  at: number;
  reading: Promise<void> | null;
}

/** How far jobs are. Their histories are read from where they were read before. */
export class ProgressReader {
  readonly #events: Events;
  /** In order of use. */
  readonly #jobs = new Map<string, Known>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** Rejects with what the broker rejects with. */
  async read(jobId: string): Promise<Progress> {
    return (await this.#read(jobId)).progress;
  }

  /** Which changes of state a job's history tells. Rejects with what the broker rejects with. */
  async changes(jobId: string): Promise<ToldChanges> {
    return (await this.#read(jobId)).changes;
  }

  async #read(jobId: string): Promise<ProgressFold> {
    const known = this.#jobs.get(jobId) ?? nothingKnown();
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, known);
    const [oldest] = this.#jobs.keys();
    if (oldest !== undefined && this.#jobs.size > REMEMBERED_JOBS) this.#jobs.delete(oldest);
    known.reading ??= this.#goOn(jobId, known).finally(() => {
      known.reading = null;
    });
    await known.reading;
    // Its history had begun anew.
    if (known.sequence < 0) return this.#read(jobId);
    return known.fold;
  }

  forget(jobId: string): void {
    this.#jobs.delete(jobId);
  }

  async #goOn(jobId: string, known: Known): Promise<void> {
    for (;;) {
      // The last one again: a history that was lost and begun anew has another there, or none.
      const again = known.sequence > 0 ? 1 : 0;
      const events = await this.#events.read(jobId, known.sequence - again, PAGE + again);
      const [first] = events;
      if (again === 1 && !(first?.sequence === known.sequence && first.at === known.at)) {
        known.sequence = -1;
        if (this.#jobs.get(jobId) === known) this.#jobs.delete(jobId);
        return;
      }
      for (const event of events.slice(again)) known.fold.add(event);
      const last = events.at(-1);
      if (last !== undefined) [known.sequence, known.at] = [last.sequence, last.at];
      if (events.length < PAGE + again) return;
    }
  }
}

const nothingKnown = (): Known => ({ fold: new ProgressFold(), sequence: 0, at: 0, reading: null });
