import type { AlgorithmCapabilities } from '../algorithms/index.js';
import type { DistributionSpec } from '../policies/spec.js';

/** A policy's distribution as its algorithm has it: "auto" means the algorithm's own law, if it has one, and a standard deviation
 *  that is not set is of the algorithm's kind. */
export function algorithmDistribution(
  distribution: DistributionSpec,
  { distribution: kind, std }: Partial<AlgorithmCapabilities> = {},
): DistributionSpec {
  const law = distribution.kind === 'auto' && kind !== undefined ? { ...distribution, kind } : distribution;
  return law.std === undefined && std !== undefined ? { ...law, std } : law;
}
