import { MarlinError } from '../base/index.js';
import { checkpointError } from './errors.js';
import type { Checkpoint, CheckpointStore } from './port.js';

/** True for a checkpoint that will not become readable by waiting: damaged bytes, or a disk that cannot return them. */
export function isDamaged(error: unknown): boolean {
  if (!(error instanceof MarlinError)) return false;
  return error.code === 'CHECKPOINT_CORRUPT' || (error.code === 'CHECKPOINT_READ_FAILED' && error.data.errno === 'EIO');
}

/** Another process removed it after it was listed. */
function isGone(error: unknown): boolean {
  return error instanceof MarlinError && error.code === 'CHECKPOINT_UNKNOWN';
}

/** The store's `newest`: tries the checkpoints from the newest down and stops at the first whole one.
 *  Any fault but damage stops the search: falling back past a file of a newer Marlin, or one that could not be opened just
 *  now, would make its iterations be lost in silence. */
export async function findNewest(
  iterations: readonly number[],
  load: CheckpointStore['load'],
): Promise<{ checkpoint: Checkpoint; corrupt: readonly number[] } | null> {
  const corrupt: number[] = [];
  let cause: unknown;
  for (const iteration of [...iterations].sort((a, b) => b - a)) {
    try {
      return { checkpoint: await load(iteration), corrupt };
    } catch (error) {
      if (isGone(error)) continue;
      if (!isDamaged(error)) throw error;
      corrupt.push(iteration);
      cause ??= error;
    }
  }
  if (corrupt.length === 0) return null;
  throw checkpointError(
    'CHECKPOINT_CORRUPT',
    `All checkpoints (iterations ${corrupt.join(', ')}) are damaged, so there is nothing to resume from: start the job again, or restore its checkpoints from a copy.`,
    { data: { corrupt }, cause },
  );
}
