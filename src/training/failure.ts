import { MarlinError } from '../base/index.js';
import type { TaskFailure } from '../broker/index.js';

/** The error of a job whose rollout task cannot be done. Retryable where the broker has lost batches that it had taken, as a Redis does
 *  that is killed before its file was written: the job is whole again from its newest checkpoint, which makes the shards anew. */
export function taskError(shard: number, k: number, failure: TaskFailure): MarlinError {
  const lost = failure.code === 'TRAINING_COMMIT_REFUSED' && failure.data.outcome === 'gap';
  return new MarlinError(failure.code, failure.message, lost, { data: { ...failure.data, shard, k } });
}
