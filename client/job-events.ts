import type { JobState } from '../src/broker/index.js';
import type { JobEvent } from '../src/training/index.js';
import { clientError } from './errors.js';
import type { ServerSentEvent } from './sse-parser.js';

/** Where in a job's history something was told, and by whom. */
export interface HistoryPlace {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the learner that told it, if one did: what comes with a lower one than before is of a learner that was thought dead. */
  readonly term?: number;
}

/** What a job's history has: what training tells, that a learner let go of a paused job, that somebody paused, resumed or cancelled
 *  it, and that it failed. */
export type HistoryEvent = JobEvent & HistoryPlace;

/** What a stream tells besides. */
export type StreamNotice =
  /** The job's state: first, and whenever it changes. */
  | { readonly type: 'state'; readonly state: JobState | 'removed' }
  /** Actors that joined the fleet or were lost. */
  | {
      readonly type: 'actors';
      readonly actors: number;
      readonly joined: readonly string[];
      readonly lost: readonly string[];
    }
  /** Events after `missedAfter` were left out, and the stream goes on after `after`: what is shown of the job has to be read again. */
  | {
      readonly type: 'resync';
      readonly after: number;
      readonly missedAfter: number;
      readonly reason: 'slow' | 'dropped' | 'restarted';
    }
  /** The job has ended and all was told. The last one. */
  | { readonly type: 'end'; readonly state: JobState | 'removed' };

export type JobStreamEvent = HistoryEvent | StreamNotice;

/** Throws CLIENT_ANSWER_INVALID. */
export function readJobEvent({ type, data }: ServerSentEvent): JobStreamEvent {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw clientError('CLIENT_ANSWER_INVALID', `an event of the stream is no JSON: ${data.slice(0, 200)}`, { cause });
  }
  return { ...(value as object), type } as JobStreamEvent;
}
