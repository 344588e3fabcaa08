import type { Kernels } from '../kernels/index.js';
import { createFlatPolicy } from './flat-policy.js';
import { createHierarchicalPolicy } from './hierarchical/index.js';
import type { Policy, PolicyOptions } from './port.js';

/** The policy of an action space. Throws POLICY_DISTRIBUTION_UNSUITABLE, POLICY_LOG_STD_INVALID, NETWORK_SIZE_INVALID. */
export function createPolicy(kernels: Kernels, options: PolicyOptions): Policy {
  const { space } = options;
  return space.kind === 'hierarchical'
    ? createHierarchicalPolicy(kernels, { ...options, space })
    : createFlatPolicy(kernels, { ...options, space });
}
