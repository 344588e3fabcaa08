import type { JobEntry } from './summary.js';

export const SORT_KEYS = ['createdAt', 'updatedAt', 'name'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What a job's place among others follows from. */
export type Place = Pick<JobEntry, SortKey | 'jobId'>;

/** Jobs in ascending order of a key, equal ones in that of their ids. One that changes is moved: sorting all anew takes
 *  milliseconds where there are thousands. */
export class SortedJobs {
  readonly #key: SortKey;
  readonly #entries: JobEntry[];

  constructor(key: SortKey, entries: Iterable<JobEntry>) {
    this.#key = key;
    this.#entries = [...entries].sort((a, b) => compareBy(key, a, b));
  }

  get entries(): readonly JobEntry[] {
    return this.#entries;
  }

  /** Puts `entry` where `old` was, or where it belongs; either may be missing. */
  replace(old: JobEntry | undefined, entry: JobEntry | undefined): void {
    const entries = this.#entries;
    const from = old === undefined ? -1 : countBefore(entries, this.#key, old);
    if (old !== undefined && entry !== undefined && compareBy(this.#key, old, entry) === 0) {
      entries[from] = entry;
      return;
    }
    if (from >= 0) entries.splice(from, 1);
    if (entry !== undefined) entries.splice(countBefore(entries, this.#key, entry), 0, entry);
  }
}

/** How many of the sorted entries come before a place. */
export function countBefore(sorted: readonly JobEntry[], key: SortKey, place: Place): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (compareBy(key, sorted[middle]!, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Negative where a comes before b. */
export function compareBy(key: SortKey, a: Place, b: Place): number {
  if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  return a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0;
}
