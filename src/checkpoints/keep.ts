import { checkpointError } from './errors.js';

/** Throws CHECKPOINT_INVALID unless `keep` is an integer of at least 1: a job without a checkpoint cannot go on. */
export function assertKeep(keep: number): void {
  if (Number.isSafeInteger(keep) && keep >= 1) return;
  throw checkpointError(
    'CHECKPOINT_INVALID',
    `The number of checkpoints to keep is ${keep}: give an integer of at least 1.`,
    {
      data: { field: 'keep', keep },
    },
  );
}
