import { MarlinError } from '../base/index.js';
import { type EnvironmentBatch, loadState, saveState } from '../envs/index.js';

/** Sums that run over the episodes in progress, per instance. */
export interface EpisodeProgress {
  /** f64[B]: steps so far. */
  readonly length: Float64Array;
  /** f64[N, B]: return so far, per agent. */
  readonly returns: Float64Array;
}

export const createProgress = (agents: number, instances: number): EpisodeProgress => ({
  length: new Float64Array(instances),
  returns: new Float64Array(agents * instances),
});

/** Arrays that a shard hands from one batch to the next: the environment's state, the observations that the next actions are
 *  chosen on (with masks and global state), the episodes in progress, and what recurrent policies remember of them. Together with the
 *  weights and (s, k) they decide the next batch. */
const carried = (
  batch: EnvironmentBatch,
  progress: EpisodeProgress,
  memories: readonly Float32Array[],
): readonly (Float32Array | Float64Array | Uint8Array)[] => [
  progress.length,
  progress.returns,
  ...batch.observation,
  batch.globalState,
  ...batch.actionMask,
  ...memories,
];

const bytesOf = (array: Float32Array | Float64Array | Uint8Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** environment state │ progress │ observations │ global state │ masks │ memories, in that order, without gaps. `memories`: f32[B, S] of
 *  every agent, as `Memories` has them. */
export function saveShard(
  batch: EnvironmentBatch,
  progress: EpisodeProgress,
  memories: readonly Float32Array[] = [],
): Uint8Array {
  const state = saveState(batch);
  const parts = carried(batch, progress, memories);
  const total = parts.reduce((sum, part) => sum + part.byteLength, state.byteLength);
  const bytes = new Uint8Array(new SharedArrayBuffer(total));
  bytes.set(state);
  let offset = state.byteLength;
  for (const part of parts) {
    bytes.set(bytesOf(part), offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** Puts saved bytes back. Throws ENV_STATE_CORRUPT when their length is another. */
export function loadShard(
  batch: EnvironmentBatch,
  progress: EpisodeProgress,
  bytes: Uint8Array,
  memories: readonly Float32Array[] = [],
): void {
  const parts = carried(batch, progress, memories);
  const following = parts.reduce((sum, part) => sum + part.byteLength, 0);
  let offset = bytes.byteLength - following;
  if (offset < 0) {
    throw new MarlinError(
      'ENV_STATE_CORRUPT',
      `the saved shard state has ${bytes.byteLength} bytes, but ${following} follow the environment's own state alone; use the environment version, options and number of instances that it was saved with`,
      false,
      { data: { bytes: bytes.byteLength, expected: following, instances: batch.instances } },
    );
  }
  loadState(batch, bytes.subarray(0, offset));
  for (const part of parts) {
    bytesOf(part).set(bytes.subarray(offset, offset + part.byteLength));
    offset += part.byteLength;
  }
}
