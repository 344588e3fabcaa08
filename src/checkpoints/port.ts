/** One named array of a checkpoint. */
export interface CheckpointTensor {
  readonly name: string;
  readonly dtype: 'f32' | 'f64' | 'i32' | 'u8';
  readonly shape: readonly number[];
  /** Little-endian; exactly shape × dtype bytes. */
  readonly bytes: Uint8Array;
}

/** Everything that the next update depends on, after iteration `iteration − 1` and before iteration `iteration`. */
export interface Checkpoint {
  /** Iterations done; also the policy version of the newest weights. */
  readonly iteration: number;
  /** Small facts as plain JSON: counters, metrics position, spec digest. Numbers are finite; −0 becomes 0. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly tensors: readonly CheckpointTensor[];
}

export interface CheckpointEntry {
  readonly iteration: number;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
}

/** Keeps the checkpoints of one job. A save is whole or absent: a process killed at any line leaves the earlier ones good. */
export interface CheckpointStore {
  /** Saves durably, then removes all but the newest `keep` (at least 1) whole ones. The same iteration again replaces it.
   *  The tensors are copied before the call returns its promise, so the caller may go on changing them.
   *  Rejects with CHECKPOINT_WRITE_FAILED (retryable; a full disk, say), leaving the others as they are, and with
   *  CHECKPOINT_INVALID for what cannot be saved. */
  save(checkpoint: Checkpoint, keep: number): Promise<CheckpointEntry>;
  /** Oldest first; damaged ones included. Rejects with CHECKPOINT_READ_FAILED. */
  list(): Promise<readonly CheckpointEntry[]>;
  /** A copy of its own. Rejects with CHECKPOINT_UNKNOWN, CHECKPOINT_CORRUPT, CHECKPOINT_VERSION_UNKNOWN, and with
   *  CHECKPOINT_READ_FAILED (retryable). */
  load(iteration: number): Promise<Checkpoint>;
  /** The newest checkpoint that is whole, and the iterations of newer ones that are not, newest first; null if there are no
   *  checkpoints. Rejects with CHECKPOINT_CORRUPT when there are some and none is whole (starting anew is then for someone to
   *  decide), and like `load` for a newer one that could not be read or is of an unknown version. */
  newest(): Promise<{ readonly checkpoint: Checkpoint; readonly corrupt: readonly number[] } | null>;
}
