import { createPlainKernels, type F32, type Kernels } from '../kernels/index.js';
import { createPolicy, type Policy, policyParameterCount } from '../policies/index.js';
import { elementSize } from '../spaces/index.js';
import type { PolicyDescription } from './description.js';
import { exportError } from './errors.js';

/** Throws POLICY_FILE_MISMATCH unless the described policy takes as many parameters as were given; makes nothing. Throws besides
 *  POLICY_DISTRIBUTION_UNSUITABLE and POLICY_LOG_STD_INVALID. */
export function assertParameterCount(description: PolicyDescription, given: number): void {
  const { policyId, observationSpace, actionSpace, masked, spec } = description;
  const needed = policyParameterCount(elementSize(observationSpace), actionSpace, masked, spec);
  if (needed === given) return;
  throw exportError(
    'POLICY_FILE_MISMATCH',
    `policy "${policyId}" acts by ${needed} parameters, and ${given} were given: networks or spaces differ`,
    { data: { policyId, needed, given } },
  );
}

/** The policy that is described, of `given` parameters. Throws as `assertParameterCount`. */
export function createDescribed(
  kernels: Kernels,
  description: PolicyDescription,
  given: number,
  maxRows: number,
): Policy {
  assertParameterCount(description, given);
  const { policyId, observationSpace, actionSpace, masked, spec } = description;
  return createPolicy(kernels, {
    where: `policy "${policyId}"`,
    observationSize: elementSize(observationSpace),
    space: actionSpace,
    masked,
    spec,
    maxRows,
  });
}

/** A policy and its parameters, in kernel memory. */
export interface MadePolicy {
  readonly policy: Policy;
  readonly parameters: F32;
}

/** The policy that is described, with its parameters `values`, for up to `maxRows` rows at a time. Throws as `assertParameterCount`, and
 *  KERNEL_MEMORY_EXHAUSTED. */
export const makePolicy = (
  kernels: Kernels,
  description: PolicyDescription,
  values: Float32Array,
  maxRows: number,
): MadePolicy =>
  kernels.allOrNothing(() => {
    const policy = createDescribed(kernels, description, values.length, maxRows);
    const parameters = kernels.f32(values.length);
    parameters.set(values);
    return { policy, parameters };
  });

/** A named part of a policy's parameters: [offset, offset + count). */
export interface LaidOutPart {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly count: number;
}

/** The parts of a policy's parameters, in order. Throws as `assertParameterCount`. */
export function layoutOf(description: PolicyDescription, given: number): readonly LaidOutPart[] {
  const kernels = createPlainKernels();
  const policy = createDescribed(kernels, description, given, 1);
  const parts = policy.parameterLayout.map(({ name, shape, offset }) => ({
    name,
    shape,
    offset,
    count: shape.reduce((product, extent) => product * extent, 1),
  }));
  policy.dispose();
  return parts;
}

/** SHA-256's subject: parameters as float32, little-endian. */
export function parameterBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < values.length; k++) view.setFloat32(4 * k, values[k]!, true);
  return bytes;
}
