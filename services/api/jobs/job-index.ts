import type { Clock } from '../../../src/base/index.js';
import type { Broker, StoredJob } from '../../../src/broker/index.js';
import { isFinal } from '../../../src/jobs/index.js';
import { entryOf, type JobEntry } from './summary.js';

/** Older than this, the list is brought up to date while it is used; */
const FRESH_MS = 1500;
/** and older than this, before it is used. */
const USABLE_MS = 4000;
/** Records read at once. */
const PAGE = 50;
/** More changes than that are read as a list of all jobs. */
const MANY = 1000;

export const SORT_KEYS = ['createdAt', 'updatedAt', 'name'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** All jobs as one process knows them, so that listing thousands costs what the answer costs. What this process writes it knows at
 *  once; of what others write, learners above all, it learns within a second while lists are asked for, by comparing revisions. */
export class JobIndex {
  readonly #broker: Pick<Broker, 'jobs'>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, JobEntry>();
  /** Sorted views, each made when it is first asked for after a change. */
  readonly #sorted = new Map<SortKey, readonly JobEntry[]>();
  /** Jobs that were deleted here, and how many updates had begun by then: those know them still. */
  readonly #forgotten = new Map<string, number>();
  #updates = 0;
  #updating: Promise<void> | null = null;
  #updatedMs = Number.NEGATIVE_INFINITY;

  constructor(modules: { readonly broker: Pick<Broker, 'jobs'>; readonly clock: Clock }) {
    this.#broker = modules.broker;
    this.#clock = modules.clock;
  }

  /** All jobs in ascending order of a key, equal ones in that of their ids. Rejects with what the broker rejects with. */
  async sortedBy(key: SortKey): Promise<readonly JobEntry[]> {
    await this.#upToDate();
    let sorted = this.#sorted.get(key);
    if (sorted === undefined) {
      sorted = [...this.#entries.values()].sort((a, b) => compareBy(key, a, b));
      this.#sorted.set(key, sorted);
    }
    return sorted;
  }

  /** Jobs of an owner that have not ended. */
  async activeOf(owner: string): Promise<number> {
    await this.#upToDate();
    let active = 0;
    for (const entry of this.#entries.values()) if (entry.owner === owner && !isFinal(entry.state)) active++;
    return active;
  }

  /** Told of what this process has written. */
  note(stored: StoredJob): void {
    const known = this.#entries.get(stored.record.jobId);
    if (known !== undefined && known.revision >= stored.revision) return;
    this.#forgotten.delete(stored.record.jobId);
    this.#entries.set(stored.record.jobId, entryOf(stored));
    this.#sorted.clear();
  }

  /** Told of what this process has deleted. */
  forget(jobId: string): void {
    this.#forgotten.set(jobId, this.#updates);
    if (this.#entries.delete(jobId)) this.#sorted.clear();
  }

  async #upToDate(): Promise<void> {
    const ageMs = this.#clock.monotonic() - this.#updatedMs;
    if (ageMs < FRESH_MS) return;
    this.#updating ??= this.#update().finally(() => {
      this.#updating = null;
    });
    if (ageMs >= USABLE_MS) await this.#updating;
    // Whoever needs it later is told what went wrong.
    else this.#updating.catch(() => {});
  }

  async #update(): Promise<void> {
    const update = ++this.#updates;
    const begunMs = this.#clock.monotonic();
    // What is written here from now on is newer than the answer.
    const known = [...this.#entries.keys()];
    const revisions = await this.#broker.jobs.revisions();
    const changed = [...revisions].filter(([jobId, revision]) => this.#entries.get(jobId)?.revision !== revision);
    // All of them, at first, for the price of one.
    const all = changed.length > MANY ? await this.#broker.jobs.list() : null;
    const count = all?.length ?? changed.length;
    for (let from = 0; from < count; from += PAGE) {
      const get = ([jobId]: readonly [string, number]) => this.#broker.jobs.get(jobId);
      const found = all?.slice(from, from + PAGE) ?? (await Promise.all(changed.slice(from, from + PAGE).map(get)));
      for (const stored of found) {
        if (stored !== null && (this.#forgotten.get(stored.record.jobId) ?? 0) < update) this.note(stored);
      }
      // Other requests in between.
      await new Promise(setImmediate);
    }
    for (const jobId of known) if (!revisions.has(jobId)) this.forget(jobId);
    for (const [jobId, begun] of this.#forgotten) if (begun < update) this.#forgotten.delete(jobId);
    this.#updatedMs = begunMs;
  }
}

/** Negative where a comes before b. */
export function compareBy(
  key: SortKey,
  a: Pick<JobEntry, SortKey | 'jobId'>,
  b: Pick<JobEntry, SortKey | 'jobId'>,
): number {
  if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  return a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0;
}
