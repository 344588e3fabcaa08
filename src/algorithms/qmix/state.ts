import type { ReplaySpec } from '../../experience/index.js';
import { elementSize } from '../../spaces/index.js';
import { algorithmError } from '../errors.js';
import type { ReplayContext } from '../port.js';
import { qLearningReplay } from '../shared/q-learning/replay.js';
import type { QmixOptions } from './options.js';

/** What the mixer sees, and how many numbers that is. Throws ALGORITHM_STATE_ABSENT. */
export function mixerState({ members, globalStateSize, options }: ReplayContext): {
  readonly input: 'globalState' | 'observations';
  readonly size: number;
} {
  const { mixerState: chosen } = options as QmixOptions;
  const input = chosen === 'auto' ? (globalStateSize > 0 ? 'globalState' : 'observations') : chosen;
  if (input === 'observations') {
    const sizes = members.map(({ agents, observationSpace }) => agents.length * elementSize(observationSpace));
    return { input, size: sizes.reduce((sum, size) => sum + size, 0) };
  }
  if (globalStateSize > 0) return { input, size: globalStateSize };
  throw algorithmError(
    'ALGORITHM_STATE_ABSENT',
    'mixerState is "globalState", but the environment has none; use "observations" or "auto"',
    { data: { option: 'mixerState' } },
  );
}

/** Observations are in the rows anyway; a global state comes with them. */
export function qmixReplay(context: ReplayContext): ReplaySpec {
  const { input, size } = mixerState(context);
  return qLearningReplay(context, 'joint', input === 'globalState' ? size : 0);
}
