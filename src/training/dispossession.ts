import { MarlinError } from '../base/index.js';

const CODES = new Set([
  'BROKER_FENCED',
  'BROKER_PART_FENCED',
  'BROKER_JOB_UNKNOWN',
  'BROKER_SHARD_UNKNOWN',
  'BROKER_ENTRY_UNKNOWN',
  'BROKER_WEIGHTS_UNKNOWN',
  'TRAINING_JOB_UNKNOWN',
]);

/** Whether an error tells a learner that the broker no longer has what it put there: another learner took its job over, or all
 *  is lost. Whatever the broker has of the job now is someone else's, and must be left alone. */
export const isDispossessed = (error: unknown): boolean => error instanceof MarlinError && CODES.has(error.code);
