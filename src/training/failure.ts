import { MarlinError } from '../base/index.js';
import type { TaskFailure } from '../broker/index.js';

/** The error of a job whose rollout task cannot be done. */
export function taskError(shard: number, k: number, failure: TaskFailure): MarlinError {
  return new MarlinError(failure.code, failure.message, false, { data: { ...failure.data, shard, k } });
}
