import type { JobRecord } from '../../../src/broker/index.js';
import { type JobChange, metadataOf } from '../../../src/jobs/index.js';
import { apiError } from '../errors.js';
import type { Turn, TurnKind } from './turns.js';

export interface TimelineEntry extends Omit<Turn, 'sequence'> {
  /** Of the event that told it; null where the job's record does. */
  readonly sequence: number | null;
  /** Who asked for it. */
  readonly by: string | null;
}

export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null;
}

/** Place in the timeline: time, then what the record says before what learners tell, then order. */
type Place = readonly [at: number, rank: number, order: number];

interface Placed {
  readonly place: Place;
  readonly entry: TimelineEntry;
}

const KIND_OF_STATE: Readonly<Record<string, TurnKind>> = {
  paused: 'paused',
  queued: 'resumed',
  cancelled: 'cancelled',
};

/** A page of what happened to a job, oldest first: what people asked for, and what learners told. Throws API_REQUEST_INVALID for a
 *  cursor that this function did not give. */
export function timelineOf(record: JobRecord, turns: readonly Turn[], limit: number, cursor?: string): TimelinePage {
  const after = cursor === undefined ? null : readCursor(cursor);
  const all = [...fromRecord(record), ...turns.map(fromTurn)].sort((a, b) => compare(a.place, b.place));
  const rest = after === null ? all : all.filter(({ place }) => compare(place, after) > 0);
  const page = rest.slice(0, limit);
  return {
    entries: page.map(({ entry }) => entry),
    nextCursor: rest.length > limit ? writeCursor(page[page.length - 1]!.place) : null,
  };
}

function fromRecord(record: JobRecord): Placed[] {
  const { owner = null, forkedFrom, changes = [] } = metadataOf(record);
  const cause =
    forkedFrom === undefined
      ? 'launched'
      : `forked from job ${forkedFrom.jobId} at its checkpoint of iteration ${forkedFrom.iteration}`;
  const nothing = { sequence: null, iteration: null, code: null };
  const { createdAt } = record;
  return [
    { place: [createdAt, -1, 0], entry: { ...nothing, at: createdAt, kind: 'launched', by: owner, cause } },
    ...changes.map(({ at, from, to, by }: JobChange, order): Placed => {
      const kind = KIND_OF_STATE[to] ?? 'resumed';
      return { place: [at, 0, order], entry: { ...nothing, at, kind, by, cause: `asked for while it was ${from}` } };
    }),
  ];
}

const fromTurn = (turn: Turn, order: number): Placed => ({
  place: [turn.at, 1, order],
  entry: { ...turn, by: null },
});

const compare = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

const writeCursor = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function readCursor(text: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(place) && place.length === 3 && place.every(Number.isFinite)) return place as unknown as Place;
  } catch {
    // No JSON: said below.
  }
  const message = 'is not one that this server gave';
  throw apiError('API_REQUEST_INVALID', `the cursor ${message}`, {
    data: { faults: [{ pointer: '/query/cursor', message }] },
  });
}
