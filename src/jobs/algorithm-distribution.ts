import type { AlgorithmCapabilities } from '../algorithms/index.js';
import { suitableKinds } from '../policies/distributions/index.js';
import type { DistributionSpec } from '../policies/spec.js';
import type { Space } from '../spaces/index.js';

/** A policy's distribution as its algorithm has it: "auto" means the algorithm's own law, if it has one that fits the action space, and a
 *  standard deviation that is not set is of the algorithm's kind. */
export function algorithmDistribution(
  distribution: DistributionSpec,
  { distribution: kind, std }: Partial<AlgorithmCapabilities> | undefined = {},
  space: Space | undefined,
): DistributionSpec {
  const fits = kind !== undefined && (space === undefined || suitableKinds(space).includes(kind));
  const law = distribution.kind === 'auto' && fits ? { ...distribution, kind } : distribution;
  return law.std === undefined && std !== undefined ? { ...law, std } : law;
}
