import type { Updater, UpdaterContext } from '../../../src/algorithms/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { createPolicy, type ParameterGroup } from '../../../src/policies/index.js';
import { binary, box, discrete, elementSize, hierarchical } from '../../../src/spaces/index.js';
import type { Setting } from './learning.js';

/** Whether, how, and how much: each level is paid by a head of its own. */
export const ORDER = hierarchical([
  { name: 'enter', space: binary(1), reward: 'entry' },
  { name: 'kind', space: discrete(3), when: { level: 'enter', is: [1] }, reward: 'style' },
  { name: 'size', space: box(1), when: { level: 'kind', is: [0, 2] }, reward: 'gain' },
]);
export const LEVELS = ORDER.levels.map(({ name }) => name);
export const L = LEVELS.length;

export const separate: Setting = {
  actionSpace: ORDER,
  rewardHeads: ['gain', 'entry', 'style'],
  levelNetworks: 'separate',
  distribution: { initialLogStd: -0.4 },
  shape: { segments: 2, horizon: 8, instances: 5 },
};
export const shared: Setting = { ...separate, levelNetworks: 'shared' };

/** Where the parameters of each level are, by level name. */
export function groupsOf({
  actionSpace,
  observationSpace,
  spec,
  masked,
}: UpdaterContext): Record<string, ParameterGroup> {
  const policy = createPolicy(createPlainKernels(), {
    space: actionSpace,
    observationSize: elementSize(observationSpace),
    masked,
    spec,
    maxRows: 1,
  });
  return Object.fromEntries(policy.parameterGroups.map((group) => [group.name, group]));
}

/** The part of a state tensor that belongs to a group. */
export const partOf = (
  updater: Updater,
  { offset, count }: Pick<ParameterGroup, 'offset' | 'count'>,
  tensor = 'parameters',
): number[] => [...updater.state.find(({ name }) => name === tensor)!.data.subarray(offset, offset + count)];
