import { placeLevels, type Space } from '../spaces/index.js';
import { createDistribution, levelDistributions } from './distributions/index.js';
import { EarlierDecisions } from './hierarchical/encoding.js';
import type { PolicySpec } from './spec.js';

/** Parameters that a policy needs to act, found without making it: what `createPolicy` would tell as `parameterCount`. */
export function policyParameterCount(
  observationSize: number,
  space: Space,
  masked: boolean,
  spec: Pick<PolicySpec, 'network' | 'distribution' | 'levelNetworks' | 'levels'>,
): number {
  const { hidden } = spec.network;
  if (space.kind !== 'hierarchical') {
    const { outputSize, freeParameterCount } = createDistribution(
      space,
      spec.distribution,
      masked,
      '',
      observationSize,
    );
    const statistics = spec.network.normalizeInput === true ? 2 * observationSize : 0;
    return denseCount([observationSize, ...hidden, outputSize]) + statistics + freeParameterCount;
  }
  const separate = spec.levelNetworks === 'separate';
  const levels = placeLevels(space);
  const distributions = levelDistributions(space, spec);
  const featureSize = separate ? observationSize : (hidden.at(-1) ?? observationSize);
  let count = separate ? 0 : denseCount([observationSize, ...hidden]);
  levels.forEach((level, position) => {
    const law = createDistribution(level.space, distributions[position]!, masked, '', observationSize);
    const inputs = featureSize + new EarlierDecisions(levels, position).size;
    count += denseCount([inputs, ...(separate ? hidden : []), law.outputSize]) + law.freeParameterCount;
  });
  return count;
}

/** Weights and biases of dense layers between these widths. */
const denseCount = (widths: readonly number[]): number =>
  widths.slice(1).reduce((sum, width, i) => sum + (widths[i]! + 1) * width, 0);
