import type { HierarchicalSpace } from '../../spaces/index.js';
import type { PolicyOptions } from '../port.js';
import type { DistributionSpec } from '../spec.js';
import { suitableKinds } from './create.js';

/** The distribution settings of each level: the policy's own, then those of the level. The policy's `kind` holds for the levels
 *  that it fits; the others take "auto". */
export function levelDistributions(
  { levels }: HierarchicalSpace,
  { distribution, levels: own = {} }: Pick<PolicyOptions['spec'], 'distribution' | 'levels'>,
): readonly DistributionSpec[] {
  return levels.map(({ name, space }) => {
    const kind = suitableKinds(space).includes(distribution.kind) ? distribution.kind : 'auto';
    return { ...distribution, kind, ...(Object.hasOwn(own, name) ? own[name]!.distribution : {}) };
  });
}
