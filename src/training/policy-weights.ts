import type { PolicyState, PolicyStateLayout } from './update-runner.js';

/** Parameters of a policy, critic included: its first state tensor. */
export const parameterCount = (layout: PolicyStateLayout): number =>
  layout.tensors[0]!.shape.reduce((product, extent) => product * extent, 1);

/** The parameters that acting takes, which are the first of them; a view. */
export const actingParameters = (state: PolicyState, layout: PolicyStateLayout): Float32Array =>
  new Float32Array(state.tensors.buffer, state.tensors.byteOffset, layout.actingParameterCount);

/** What is published of the policies: the acting parameters of each, one after the other, in shared memory of their own. */
export function actingWeights(policies: readonly PolicyState[], layouts: readonly PolicyStateLayout[]): Uint8Array {
  const parts = policies.map((policy, p) => actingParameters(policy, layouts[p]!));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Float32Array(new SharedArrayBuffer(4 * length));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return new Uint8Array(whole.buffer);
}
