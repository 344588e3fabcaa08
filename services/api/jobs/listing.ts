import type { MarlinError } from '../../../src/base/index.js';
import type { JobState } from '../../../src/broker/index.js';
import { apiError } from '../errors.js';
import type { Principal } from '../security/principal.js';
import type { JobIndex } from './job-index.js';
import { compareBy, countBefore, type Place, SORT_KEYS, type SortKey } from './sorted-jobs.js';
import { type JobEntry, mayAccess } from './summary.js';

/** Ascending by a key, or, after a minus, descending. */
export const SORTS = SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);
export type Sort = (typeof SORTS)[number];

export interface JobQuery {
  readonly states: readonly JobState[];
  /** Part of the name, in any case. */
  readonly name: string | undefined;
  /** `name`, or `name=value`. */
  readonly labels: readonly string[];
  readonly env: string | undefined;
  readonly algorithm: string | undefined;
  readonly owner: string | undefined;
  readonly sort: Sort;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface JobPage {
  readonly entries: readonly JobEntry[];
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null;
}

/** The jobs that a principal may see and that fit, one page of them. What is launched or ends between two pages moves no job from one
 *  page into another. Throws API_REQUEST_INVALID for a cursor of another sort. */
export async function listJobs(index: JobIndex, principal: Principal, query: JobQuery): Promise<JobPage> {
  const { sort, limit } = query;
  const descending = sort.startsWith('-');
  const key = (descending ? sort.slice(1) : sort) as SortKey;
  const after = query.cursor === undefined ? null : readCursor(query.cursor, sort);
  const sorted = await index.sortedBy(key);
  const step = descending ? -1 : 1;
  const fits = filterOf(query);
  const entries: JobEntry[] = [];
  for (let at = firstAfter(sorted, key, after, step); at >= 0 && at < sorted.length; at += step) {
    const entry = sorted[at]!;
    if (!fits(entry) || !mayAccess(principal, entry.owner)) continue;
    if (entries.length === limit) return { entries, nextCursor: writeCursor(entries[limit - 1]!, key, sort) };
    entries.push(entry);
  }
  return { entries, nextCursor: null };
}

/** Made once for all jobs that are looked at. */
function filterOf({ states, name, labels, env, algorithm, owner }: JobQuery): (entry: JobEntry) => boolean {
  const part = name?.toLowerCase();
  const wanted = labels.map((label) => {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(label) ?? [];
    return { key, value };
  });
  return (entry) => {
    if (states.length > 0 && !states.includes(entry.state)) return false;
    if (env !== undefined && entry.env !== env) return false;
    if (algorithm !== undefined && entry.algorithm !== algorithm) return false;
    if (owner !== undefined && entry.owner !== owner) return false;
    if (part !== undefined && !entry.name.toLowerCase().includes(part)) return false;
    return wanted.every(
      ({ key, value }) => Object.hasOwn(entry.labels, key) && (value === undefined || entry.labels[key] === value),
    );
  };
}

/** The position of the first job beyond a place, in the direction of `step`. */
function firstAfter(sorted: readonly JobEntry[], key: SortKey, place: Place | null, step: 1 | -1): number {
  if (place === null) return step > 0 ? 0 : sorted.length - 1;
  const before = countBefore(sorted, key, place);
  if (step < 0) return before - 1;
  // Upwards, the job at the place itself comes before what follows it.
  const there = sorted[before];
  return there !== undefined && compareBy(key, there, place) === 0 ? before + 1 : before;
}

const writeCursor = (entry: JobEntry, key: SortKey, sort: Sort): string =>
  Buffer.from(JSON.stringify([sort, entry[key], entry.jobId])).toString('base64url');

function readCursor(text: string, sort: Sort): Place {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw wrongCursor('is not one that this server gave');
  }
  const [of, value, jobId] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const wanted = sort.endsWith('name') ? 'string' : 'number';
  if (typeof jobId !== 'string' || typeof value !== wanted) throw wrongCursor('is not one that this server gave');
  if (of !== sort) throw wrongCursor(`is of a list in another order than ${sort}; begin without one`);
  return { createdAt: value as number, updatedAt: value as number, name: value as string, jobId };
}

function wrongCursor(problem: string): MarlinError {
  const faults = [{ pointer: '/query/cursor', message: problem }];
  return apiError('API_REQUEST_INVALID', `the cursor ${problem}`, { data: { faults } });
}
