import type { Replay } from '../../experience/index.js';
import type { StateTensor } from '../port.js';

/** Whether updates may begin. */
export const hasEnough = (
  replay: Replay,
  { learningStarts, replayCapacity }: { readonly learningStarts: number; readonly replayCapacity: number },
): boolean => replay.size >= Math.min(learningStarts, replayCapacity);

/** State tensors by a name of their own. */
export const named = (prefix: string, state: readonly StateTensor[]): readonly StateTensor[] =>
  state.map((tensor) => ({ ...tensor, name: `${prefix}.${tensor.name}` }));
