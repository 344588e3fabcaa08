import type { Policy } from '../../policies/index.js';
import type { OptimizerGroup } from './optimizer.js';
import type { Schedule } from './schedule.js';

/** One optimizer for each level's network, and one for the value network. */
export function optimizerGroups(
  policy: Policy,
  count: number,
  learningRate: Schedule,
  learningRates: Readonly<Record<string, number>>,
): readonly OptimizerGroup[] {
  const groups = policy.parameterGroups.map((group) => ({
    offset: group.offset,
    count: group.count,
    learningRate: Object.hasOwn(learningRates, group.name) ? learningRates[group.name]! : learningRate,
  }));
  const rest = count - policy.parameterCount;
  return rest === 0 ? groups : [...groups, { offset: policy.parameterCount, count: rest, learningRate }];
}
