import type { Clock } from '../../../src/base/index.js';
import type { Events } from '../../../src/broker/index.js';
import { JobHistory } from './job-history.js';

/** Events read at once. */
const PAGE = 200;
/** A history that was read so short a time ago is taken as it is. */
const FRESH_MS = 200;
/** Numbers that are kept of all jobs together (32 MB), */
const KEPT_CELLS = 4_000_000;
/** and jobs. */
const KEPT_JOBS = 100;

interface Known {
  readonly history: JobHistory;
  sequence: number;
  /** When the event of that number was written, which tells whether the history is still the same. */
  at: number;
  readAtMs: number;
}

/** A job's history up to an event. */
export interface ReadHistory {
  readonly history: JobHistory;
  readonly sequence: number;
}

export interface HistoriesModules {
  readonly events: Pick<Events, 'read'>;
  readonly clock: Clock;
}

/** The histories of jobs as numbers. Each is read once, and from then on what was added; those unused for longest are dropped. */
export class JobHistories {
  readonly #modules: HistoriesModules;
  readonly #keptCells: number;
  /** In order of use. */
  readonly #jobs = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<Known>>();

  constructor(modules: HistoriesModules, keptCells = KEPT_CELLS) {
    this.#modules = modules;
    this.#keptCells = keptCells;
  }

  /** `anew`: with all that there is by now. Rejects with what the broker rejects with. */
  async read(jobId: string, anew = false): Promise<ReadHistory> {
    if (anew) {
      // What is being read may have been asked for before.
      await this.#reading.get(jobId);
      const known = this.#jobs.get(jobId);
      if (known !== undefined) known.readAtMs = Number.NEGATIVE_INFINITY;
    }
    let reading = this.#reading.get(jobId);
    if (reading === undefined) {
      reading = this.#upToDate(jobId).finally(() => this.#reading.delete(jobId));
      this.#reading.set(jobId, reading);
    }
    const known = await reading;
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, known);
    this.#drop();
    return known;
  }

  /** Jobs whose histories are kept. */
  get kept(): number {
    return this.#jobs.size;
  }

  async #upToDate(jobId: string): Promise<Known> {
    const { clock } = this.#modules;
    const now = clock.monotonic();
    const known = this.#jobs.get(jobId);
    if (known !== undefined && now - known.readAtMs < FRESH_MS) return known;
    const anew = (): Known => ({ history: new JobHistory(), sequence: 0, at: 0, readAtMs: Number.NEGATIVE_INFINITY });
    for (let next = known ?? anew(); ; next = anew()) {
      if (!(await this.#goOn(jobId, next))) continue;
      next.readAtMs = now;
      return next;
    }
  }

  /** False where the history is another one than that known: it was lost and begun anew. */
  async #goOn(jobId: string, known: Known): Promise<boolean> {
    for (;;) {
      // The last one again: another history has another there, or none.
      const again = known.sequence > 0 ? 1 : 0;
      const events = await this.#modules.events.read(jobId, known.sequence - again, PAGE + again);
      const [first] = events;
      if (again === 1 && !(first?.sequence === known.sequence && first.at === known.at)) return false;
      for (const event of events.slice(again)) {
        known.history.add(event);
        [known.sequence, known.at] = [event.sequence, event.at];
      }
      if (events.length < PAGE + again) return true;
    }
  }

  #drop(): void {
    let cells = 0;
    for (const { history } of this.#jobs.values()) cells += history.cells;
    for (const [jobId, { history }] of this.#jobs) {
      if (cells <= this.#keptCells && this.#jobs.size <= KEPT_JOBS) return;
      this.#jobs.delete(jobId);
      cells -= history.cells;
    }
  }
}
