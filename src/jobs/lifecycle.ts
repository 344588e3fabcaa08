import type { JobState } from '../broker/index.js';
import { jobError } from './errors.js';

/** Which state may follow which. A running job goes back to the queue when its learner is lost, and one that is paused may have come
 *  to its end before its learner knew; the last three are final. */
export const JOB_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['running', 'paused', 'failed', 'cancelled'],
  running: ['queued', 'paused', 'succeeded', 'failed', 'cancelled'],
  paused: ['queued', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export const isFinal = (state: JobState): boolean => JOB_TRANSITIONS[state].length === 0;

/** Throws JOB_STATE_INVALID unless `to` may follow `from`. */
export function assertTransition(jobId: string, from: JobState, to: JobState): void {
  const next = JOB_TRANSITIONS[from];
  if (next.includes(to)) return;
  const possible = next.length === 0 ? 'it has ended' : `it can become ${next.join(', ')}`;
  throw jobError('JOB_STATE_INVALID', `job ${jobId} is ${from} and cannot become ${to}; ${possible}`, {
    data: { jobId, from, to, next },
  });
}
