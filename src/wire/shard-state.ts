import { decodeMessage, encodeMessage } from './codec.js';
import { corrupt } from './errors.js';
import { marlin } from './generated/messages.js';
import { MAX_MESSAGE_BYTES, type MessageKind } from './message.js';
import { integer, MAX_INT32 } from './scalars.js';

/** The state of a shard before its batch k. */
export interface WireShardState {
  readonly shard: number;
  readonly k: number;
  /** Bytes that only environments read. */
  readonly state: Uint8Array;
}

const TENSOR_NAME = 'shard_state';
const MAX_TENSORS = 16;

const ENVIRONMENT_STATE: MessageKind<Omit<WireShardState, 'state'>> = {
  name: 'EnvironmentState',
  generated: marlin.v1.EnvironmentState,
  scalars: { shard: integer(3, 'shard', 0, MAX_INT32), k: integer(4, 'k') },
  tensors: 5,
  maxBytes: MAX_MESSAGE_BYTES,
};

/** Throws WIRE_INVALID, WIRE_TOO_LARGE. */
export function encodeShardState({ shard, k, state }: WireShardState): Uint8Array {
  const tensor = { name: TENSOR_NAME, dtype: 'u8', shape: [state.byteLength], bytes: state } as const;
  return encodeMessage(ENVIRONMENT_STATE, { shard, k }, [tensor]);
}

/** The state in shared memory of its own, for a thread to load. With `bytes`, the state must have as many.
 *  Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export function decodeShardState(wire: Uint8Array, bytes?: number): WireShardState {
  const limits = { maxBytes: MAX_MESSAGE_BYTES, maxTensors: MAX_TENSORS };
  const { values, tensors } = decodeMessage(ENVIRONMENT_STATE, wire, limits);
  // A state without a byte is left out, like every tensor without elements.
  const found = tensors.names.includes(TENSOR_NAME) ? tensors.takeVector(TENSOR_NAME, 'u8') : new Uint8Array(0);
  if (bytes !== undefined && found.byteLength !== bytes) {
    throw corrupt(
      ENVIRONMENT_STATE.name,
      `tensors["${TENSOR_NAME}"]`,
      `has ${found.byteLength} bytes, and shards of this job have ${bytes}`,
    );
  }
  const state = new Uint8Array(new SharedArrayBuffer(found.byteLength));
  state.set(found);
  return { ...values, state };
}
