/** From observations to actions: the law of an action per space, policy = network + law, value networks, and which policy each
 *  agent acts by. No losses, no optimizers, no environments. Imports base, spaces, kernels and networks. */
export type { ActionDistribution } from './distribution.js';
export {
  choiceCounts,
  createDistribution,
  distributionKind,
  highestFloat32AtMost,
  levelDistributions,
  lowestFloat32AtLeast,
  NOISE_SCALE,
  NOISE_WARMUP,
} from './distributions/index.js';
export { POLICY_ERRORS } from './errors.js';
export { createFlatPolicy, type FlatPolicy } from './flat-policy.js';
export { EarlierDecisions } from './hierarchical/encoding.js';
export { type AgentSpaces, type MappedPolicy, type PolicyMapping, resolvePolicyMapping } from './mapping.js';
export { policyParameterCount } from './parameter-count.js';
export { createPolicy } from './policy.js';
export type { ParameterGroup, Policy, PolicyOptions } from './port.js';
export { DistributionSpec, PolicySpec, valueShapeOf } from './spec.js';
export { createValueNetwork, type ValueNetwork, type ValueNetworkOptions } from './value-network.js';
