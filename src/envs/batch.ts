import { elementSize, maskSize } from '../spaces/index.js';
import { envError } from './errors.js';
import type { Environment, EnvironmentBatch, StateArray, StateDtype, StateField, StateSpec } from './port.js';

const STATE_ARRAYS = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
} as const satisfies Record<StateDtype, new (length: number) => StateArray>;

/** Every field of saved state begins at a multiple of this, so that it can be viewed in place. */
const ALIGNMENT = 8;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Numbers that one instance has in a field. */
export const fieldSize = (field: StateField): number =>
  (field.shape ?? []).reduce((product, extent) => product * extent, 1);

/** A zero-filled array for `instances` instances of a field: [B, ...shape]. */
export const allocateField = (field: StateField, instances: number): StateArray =>
  new STATE_ARRAYS[field.dtype](instances * fieldSize(field));

/** A batch of `instances` instances with zero-filled arrays of its own, for standalone use. Training points all but `state`
 *  and `episodeMetric` at the trajectory instead. Nothing is reset yet. */
export function createBatch(environment: Environment, instances: number): EnvironmentBatch {
  if (!Number.isInteger(instances) || instances < 1) {
    throw new RangeError(`a batch needs a whole number of instances, at least 1, but got ${instances}`);
  }
  const { agents } = environment;
  const heads = environment.rewardHeads?.length ?? 1;
  const metrics = environment.episodeMetrics?.length ?? 0;
  const floats = (perInstance: number): Float32Array => new Float32Array(instances * perInstance);
  return {
    instances,
    agents,
    state: Object.fromEntries(
      Object.entries(environment.state).map(([name, field]) => [name, allocateField(field, instances)]),
    ),
    observation: agents.map((agent) => floats(elementSize(agent.observationSpace))),
    action: agents.map((agent) => floats(elementSize(agent.actionSpace))),
    actionMask: agents.map((agent) => new Uint8Array(agent.masked ? instances * maskSize(agent.actionSpace) : 0)),
    reward: agents.map(() => floats(heads)),
    terminated: new Uint8Array(instances),
    truncated: new Uint8Array(instances),
    globalState: floats(environment.globalState === undefined ? 0 : elementSize(environment.globalState)),
    episodeMetric: agents.map(() => floats(metrics)),
  };
}

/** Bytes of the saved state of `instances` instances. */
export function stateBytes(spec: StateSpec, instances: number): number {
  return Object.values(spec).reduce(
    (bytes, field) => bytes + aligned(instances * fieldSize(field) * STATE_ARRAYS[field.dtype].BYTES_PER_ELEMENT),
    0,
  );
}

/** A copy of the state of all instances: the fields in declaration order, each little-endian and padded with zeros to a
 *  multiple of 8 bytes:
 *
 *      | field 0: [B, ...shape] | 0…7 zeros | field 1: [B, ...shape] | 0…7 zeros | …
 *
 *  The bytes are the host's own; a big-endian host cannot share memory with WebAssembly through typed arrays at all. */
export function saveState(batch: EnvironmentBatch): Uint8Array {
  const arrays = Object.values(batch.state);
  const bytes = new Uint8Array(savedBytes(arrays));
  let offset = 0;
  for (const array of arrays) {
    bytes.set(bytesOf(array), offset);
    offset += aligned(array.byteLength);
  }
  return bytes;
}

/** Puts saved state back into the batch. Throws ENV_STATE_CORRUPT when its size is another. */
export function loadState(batch: EnvironmentBatch, bytes: Uint8Array): void {
  const arrays = Object.values(batch.state);
  const expected = savedBytes(arrays);
  if (bytes.length !== expected) {
    throw envError(
      'ENV_STATE_CORRUPT',
      `the saved state has ${bytes.length} bytes, but ${batch.instances} instances of this environment need ${expected}; ` +
        'use the environment version, options and number of instances that it was saved with',
      { data: { bytes: bytes.length, expected, instances: batch.instances } },
    );
  }
  let offset = 0;
  for (const array of arrays) {
    bytesOf(array).set(bytes.subarray(offset, offset + array.byteLength));
    offset += aligned(array.byteLength);
  }
}

const savedBytes = (arrays: readonly StateArray[]): number =>
  arrays.reduce((sum, array) => sum + aligned(array.byteLength), 0);

const bytesOf = (array: StateArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
