import type { JobRecord } from '../../../src/broker/index.js';
import { metadataOf } from '../../../src/jobs/index.js';
import { apiError } from '../errors.js';
import type { Turn } from './turns.js';

export interface TimelineEntry extends Omit<Turn, 'sequence'> {
  /** Of the event that told it; null of the launch, which the job's record tells. */
  readonly sequence: number | null;
}

export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null;
}

/** Before all events. */
const LAUNCHED = '0.0';

/** A page of what happened to a job, in the order in which it became known: the launch, and then as the history has it. What is shown
 *  keeps its id, its place and what it says; more comes at the end. Throws API_REQUEST_INVALID for a cursor that is no id. */
export function timelineOf(record: JobRecord, turns: readonly Turn[], limit: number, cursor?: string): TimelinePage {
  const all = [launchOf(record), ...turns];
  const first = cursor === undefined ? 0 : firstAfter(all, readId(cursor));
  const entries = all.slice(first, first + limit);
  return { entries, nextCursor: all.length > first + limit ? entries[entries.length - 1]!.id : null };
}

function launchOf(record: JobRecord): TimelineEntry {
  const { owner = null, forkedFrom } = metadataOf(record);
  const cause =
    forkedFrom === undefined
      ? 'launched'
      : `forked from job ${forkedFrom.jobId} at its checkpoint of iteration ${forkedFrom.iteration}`;
  const nothing = { sequence: null, iteration: null, code: null };
  return { ...nothing, id: LAUNCHED, at: record.createdAt, kind: 'launched', by: owner, cause };
}

type Place = readonly [sequence: number, number: number];

/** The position of the first entry beyond a place: ids ascend. */
function firstAfter(all: readonly TimelineEntry[], [sequence, number]: Place): number {
  let low = 0;
  for (let high = all.length; low < high; ) {
    const middle = (low + high) >> 1;
    const [own, ownNumber] = readId(all[middle]!.id);
    if (own < sequence || (own === sequence && ownNumber <= number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readId(text: string): Place {
  const [, sequence, number] = /^(\d{1,15})\.(\d{1,3})$/.exec(text) ?? [];
  if (sequence !== undefined && number !== undefined) return [Number(sequence), Number(number)];
  const message = 'is not one that this server gave';
  throw apiError('API_REQUEST_INVALID', `the cursor ${message}`, {
    data: { faults: [{ pointer: '/query/cursor', message }] },
  });
}
