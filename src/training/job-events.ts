import type { JobState } from '../broker/index.js';
import type { TrainingEvent } from './events.js';

/** What a job's history holds besides what training tells: written by learners, but for `steered`. The job's record says where it
 *  stands; the history says how it came there, and `finished` or `failed` only at its end. */
export type JobEvent = TrainingEvent | PausedEvent | FailedEvent | SteeredEvent;

/** A learner has let go of a job that is paused; its checkpoint of this iteration is what another goes on from. */
export interface PausedEvent {
  readonly type: 'paused';
  /** Iterations done. */
  readonly iteration: number;
  readonly envSteps: number;
  readonly agentSteps: number;
  readonly wallSeconds: number;
}

export interface FailedEvent {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Somebody had the job pause, go on or end. Written by whoever made the change, right after the record, and by whoever finds it
 *  missing: it may be there twice, and counts once. */
export interface SteeredEvent {
  readonly type: 'steered';
  readonly from: JobState;
  readonly to: JobState;
  /** An owner's name. */
  readonly by: string;
  /** When, in milliseconds since the epoch: of no other change of the job. */
  readonly askedAt: number;
}
