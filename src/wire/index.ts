/** Gives meaning to the bytes that processes exchange: the messages of proto/marlin/v1 as plain values, and back. Every limit
 *  is checked before anything is allocated, and whatever arrives, the result is a value or an error of this room. Moves no
 *  bytes and knows no broker. Imports base and experience. */
export { WIRE_VERSION } from './envelope.js';
export { WIRE_ERRORS } from './errors.js';
export { decodeEvent, encodeEvent, MAX_EVENT_PAYLOAD_BYTES, type WireEvent } from './event.js';
export { type ActorHeartbeat, decodeHeartbeat, encodeHeartbeat } from './heartbeat.js';
export { MAX_MESSAGE_BYTES } from './message.js';
export { decodePartMessage, encodePartMessage, type PartMessage, type ReceivedPartMessage } from './part.js';
export { decodeShardState, encodeShardState, type WireShardState } from './shard-state.js';
export { decodeTask, encodeTask, type WireTask } from './task.js';
export type { WireTensor } from './tensor.js';
export { createPieceCodecs, createTrajectoryCodec, type TrajectoryCodec } from './trajectory.js';
export { decodeWeights, encodeWeights, type PolicySnapshot, type PolicyWeights } from './weights.js';
