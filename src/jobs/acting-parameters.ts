import type { AlgorithmDefinition } from '../algorithms/index.js';
import { agentNamed, type Environment } from '../envs/index.js';
import { policyParameterCount } from '../policies/parameter-count.js';
import { elementSize } from '../spaces/index.js';
import { algorithmDistribution } from './algorithm-distribution.js';
import type { ResolvedPolicy } from './resolve.js';

/** Parameters that acting by the policy needs, in the environment as its policies see it. */
export function actingParametersOf(
  { agentIds, policySpec, algorithm }: ResolvedPolicy,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
): number {
  const { observationSpace, actionSpace, masked = false } = agentNamed(environment.agents, agentIds[0]!);
  const { capabilities } = algorithms.find(({ id }) => id === algorithm.id) ?? {};
  const distribution = algorithmDistribution(policySpec.distribution, capabilities, actionSpace);
  const shape = { ...policySpec, distribution };
  return policyParameterCount(elementSize(observationSpace), actionSpace, masked, shape);
}
