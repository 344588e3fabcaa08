import type { Replay } from '../../experience/index.js';
import type { StateTensor } from '../port.js';

/** Whether updates may begin: a replay that never holds `learningStarts` has enough once it is full, and an empty one never has (where
 *  choices are masked, a batch may hold nothing but transitions that were cut off). */
export const hasEnough = (
  replay: Replay,
  { learningStarts, replayCapacity }: { readonly learningStarts: number; readonly replayCapacity: number },
): boolean => replay.size >= Math.max(1, Math.min(learningStarts, replayCapacity));

/** State tensors by a name of their own. */
export const named = (prefix: string, state: readonly StateTensor[]): readonly StateTensor[] =>
  state.map((tensor) => ({ ...tensor, name: `${prefix}.${tensor.name}` }));
