/** What acting leaves for learning: the layout of a trajectory batch, its writer and reader, and the part of it that one
 *  policy learns from. No networks, no losses. Imports base, spaces and kernels. */

export type { CriticInput, CriticObservations } from './critic-storage.js';
export { EXPERIENCE_ERRORS } from './errors.js';
export * from './layout.js';
export * from './policy-batch.js';
export { createReplayMemory, Replay } from './replay/replay.js';
export { type ReplayField, type ReplaySpec, replayBytes } from './replay/spec.js';
export * from './trajectory-reader.js';
export * from './trajectory-writer.js';
