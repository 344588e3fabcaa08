import type { UnitLayout, UnitState } from './update-runner.js';

/** Parameters of a unit, critics included: its first state tensor. */
export const parameterCount = (layout: UnitLayout): number =>
  layout.tensors[0]!.shape.reduce((product, extent) => product * extent, 1);

/** The parameters that acting takes of each policy, in the plan's order; views. */
export function actingParameters(units: readonly UnitState[], layouts: readonly UnitLayout[]): readonly Float32Array[] {
  const parts: Float32Array[] = [];
  for (const [u, { acting }] of layouts.entries()) {
    const { buffer, byteOffset } = units[u]!.tensors;
    for (const { policy, offset, count } of acting) {
      parts[policy] = new Float32Array(buffer, byteOffset + 4 * offset, count);
    }
  }
  return parts;
}

/** What is published of the policies: the acting parameters of each, one after the other, in shared memory of their own. */
export function actingWeights(units: readonly UnitState[], layouts: readonly UnitLayout[]): Uint8Array {
  const parts = actingParameters(units, layouts);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Float32Array(new SharedArrayBuffer(4 * length));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return new Uint8Array(whole.buffer);
}
