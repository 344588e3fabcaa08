import type { CommitOutcome, RolloutTask } from '../broker/index.js';

/** Bytes kept of all shards together. */
const KEPT_BYTES = 32 * 2 ** 20;

/** States of shards after batches that this process has committed, so that whoever goes on with a shard here need not fetch what was
 *  just sent away. Under one epoch a batch is committed once, and the state after it is that of whoever did: so one that is known is
 *  right for the batch that follows it, and for no other. A memory that may be lost at any time. */
export class KnownStates {
  readonly #limit: number;
  /** Of each shard the newest; the map's order is that of commits. */
  readonly #states = new Map<string, { readonly epoch: number; readonly k: number; readonly state: Uint8Array }>();
  #bytes = 0;

  /** Keeps at most `limit` bytes. */
  constructor(limit = KEPT_BYTES) {
    this.#limit = limit;
  }

  /** The state before a task's batch; undefined where it is not known here. */
  before({ jobId, shard, k, epoch }: RolloutTask): Uint8Array | undefined {
    const known = this.#states.get(keyOf(jobId, shard));
    return known?.epoch === epoch && known.k === k ? known.state : undefined;
  }

  /** Takes note of what became of a task's batch. Only one that was stored now counts: another than this may have been stored before. */
  committed({ jobId, shard, k, epoch }: RolloutTask, state: Uint8Array, outcome: CommitOutcome): void {
    const key = keyOf(jobId, shard);
    this.#forget(key);
    if (outcome !== 'ok') return;
    this.#states.set(key, { epoch, k: k + 1, state });
    this.#bytes += state.byteLength;
    for (const oldest of this.#states.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#states.get(key)?.state.byteLength ?? 0;
    this.#states.delete(key);
  }
}

const keyOf = (jobId: string, shard: number): string => `${jobId}/${shard}`;
