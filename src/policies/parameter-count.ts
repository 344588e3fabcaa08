import { placeLayers } from '../networks/spec.js';
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
  if (space.kind !== 'hierarchical') {
    const { outputSize, freeParameterCount } = createDistribution(
      space,
      spec.distribution,
      masked,
      '',
      observationSize,
    );
    const statistics = spec.network.normalizeInput === true ? 2 * observationSize : 0;
    const { byCode } = spec.network;
    if (byCode !== undefined) {
      return byCode.parameterCount(observationSize, outputSize) + statistics + freeParameterCount;
    }
    const { count, width } = hiddenOf(spec.network, observationSize);
    return count + denseCount([width, outputSize]) + statistics + freeParameterCount;
  }
  const separate = spec.levelNetworks === 'separate';
  const levels = placeLevels(space);
  const distributions = levelDistributions(space, spec);
  const trunk = separate ? { count: 0, width: observationSize } : hiddenOf(spec.network, observationSize);
  let { count } = trunk;
  levels.forEach((level, position) => {
    const law = createDistribution(level.space, distributions[position]!, masked, '', observationSize);
    const inputs = trunk.width + new EarlierDecisions(levels, position).size;
    const own = separate ? spec.network.hidden : [];
    count += denseCount([inputs, ...own, law.outputSize]) + law.freeParameterCount;
  });
  return count;
}

/** Parameters of a network of so many inputs and outputs, found without making it. */
export function networkParameterCount(network: PolicySpec['network'], inputs: number, outputs: number): number {
  const { count, width } = hiddenOf(network, inputs);
  return count + denseCount([width, outputs]) + (network.normalizeInput === true ? 2 * inputs : 0);
}

/** All that lies before a network's output layer: its parameters, and the numbers that it ends in. */
function hiddenOf(network: PolicySpec['network'], inputs: number): { readonly count: number; readonly width: number } {
  if (network.kind === 'layers') {
    const { parameterCount, featureSize } = placeLayers(network, inputs);
    return { count: parameterCount, width: featureSize };
  }
  const { hidden, recurrent } = network;
  const count = denseCount([inputs, ...hidden]);
  const width = hidden.at(-1) ?? inputs;
  if (recurrent === undefined) return { count, width };
  return { count: count + gruCount(width, recurrent.size), width: recurrent.size };
}

/** Weights and biases of dense layers between these widths. */
const denseCount = (widths: readonly number[]): number =>
  widths.slice(1).reduce((sum, width, i) => sum + (widths[i]! + 1) * width, 0);

/** Weights and biases of the three gates, each on inputs and on the state. */
const gruCount = (inputs: number, size: number): number => 3 * size * (inputs + 1 + size + 1);
