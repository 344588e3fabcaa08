import type { CommitOutcome, ReadPiece, RolloutTask, ShardCursor, Trajectories, TrajectoryEntry } from '../port.js';
import { cursorsMismatch, entryUnknown, jobUnknown, pieceUnknown, shardUnknown } from '../refusals.js';
import { assertInteger, assertJobId, assertReleased, assertTask } from '../validate.js';
import type { Waiter, Waiting } from '../waiting.js';

interface Shard {
  /** The next batch to commit. */
  k: number;
  state: Uint8Array | null;
  /** Committed and not released, by k. */
  readonly entries: Map<number, TrajectoryEntry>;
  /** Calls that wait for an entry, by k. */
  readonly readers: Map<number, Set<Waiter<TrajectoryEntry>>>;
}

interface OpenJob {
  epoch: number;
  capacity: number;
  shards: Shard[];
}

/** Trajectories of any number of jobs. Every method runs to its end without waiting, so each is atomic. */
export class MemoryTrajectories implements Trajectories {
  readonly copiesCommitted = false;
  readonly #jobs = new Map<string, OpenJob>();
  readonly #waiting: Waiting;
  /** One counter for all jobs, so that a job that was closed and opened again does not repeat an epoch. */
  #lastEpoch = 0;
  #changed: (jobId: string) => void = () => {};

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  /** Calls `changed` when a job gets another epoch, or none. */
  onEpoch(changed: (jobId: string) => void): void {
    this.#changed = changed;
  }

  /** The job's current epoch; 0 when it is not open. */
  epochOf(jobId: string): number {
    return this.#jobs.get(jobId)?.epoch ?? 0;
  }

  async open(jobId: string, cursors: readonly ShardCursor[], capacity: number): Promise<number> {
    this.#waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('capacity', capacity, 1);
    assertInteger('cursors.length', cursors.length, 1);
    for (const [shard, { k }] of cursors.entries()) assertInteger(`cursors[${shard}].k`, k, 0);
    const former = this.#jobs.get(jobId)?.shards ?? [];
    const shards = cursors.map(({ k, state }, index): Shard => {
      const shard = former[index];
      const entries = [...(shard?.entries ?? [])].filter(([entryK]) => entryK < k);
      return { k, state, entries: new Map(entries), readers: shard?.readers ?? new Map() };
    });
    const epoch = ++this.#lastEpoch;
    this.#jobs.set(jobId, { epoch, capacity, shards });
    this.#changed(jobId);
    for (const [index, shard] of shards.entries()) {
      for (const [k, readers] of shard.readers) {
        if (k >= shard.k) continue;
        for (const reader of [...readers]) reader.reject(entryUnknown(jobId, index, k, shard.k));
      }
    }
    for (const [index, shard] of former.entries()) {
      if (index >= shards.length) rejectReaders(shard, shardUnknown(jobId, index, shards.length));
    }
    return epoch;
  }

  async commit(task: RolloutTask, entry: TrajectoryEntry): Promise<CommitOutcome> {
    this.#waiting.assertOpen();
    assertTask(task);
    const job = this.#jobs.get(task.jobId);
    if (job === undefined || task.epoch !== job.epoch) return 'fenced';
    const shard = shardOf(job, task.jobId, task.shard);
    if (task.k < shard.k) return 'duplicate';
    if (task.k > shard.k) return 'gap';
    if (shard.entries.size >= job.capacity) return 'full';
    const { batch, pieces, state } = entry;
    const kept = { batch, ...(pieces === undefined ? {} : { pieces: [...pieces] }), state };
    shard.entries.set(task.k, kept);
    shard.state = entry.state;
    shard.k = task.k + 1;
    for (const reader of [...(shard.readers.get(task.k) ?? [])]) reader.resolve(kept);
    return 'ok';
  }

  async cursor(jobId: string, shard: number): Promise<ShardCursor> {
    this.#waiting.assertOpen();
    const { k, state } = shardOf(this.#open(jobId), jobId, shard);
    return { k, state };
  }

  async read(jobId: string, shardIndex: number, k: number, signal: AbortSignal): Promise<TrajectoryEntry> {
    this.#waiting.assertOpen();
    assertInteger('k', k, 0);
    if (signal.aborted) throw signal.reason;
    const shard = shardOf(this.#open(jobId), jobId, shardIndex);
    const entry = shard.entries.get(k);
    if (entry !== undefined) return entry;
    if (k < shard.k) throw entryUnknown(jobId, shardIndex, k, shard.k);
    const readers = shard.readers.get(k) ?? new Set<Waiter<TrajectoryEntry>>();
    shard.readers.set(k, readers);
    try {
      return await this.#waiting.wait(readers, signal);
    } finally {
      if (readers.size === 0 && shard.readers.get(k) === readers) shard.readers.delete(k);
    }
  }

  async readPiece(jobId: string, shard: number, k: number, piece: number, signal: AbortSignal): Promise<ReadPiece> {
    assertInteger('piece', piece, 1);
    const bytes = (await this.read(jobId, shard, k, signal)).pieces?.[piece - 1];
    if (bytes === undefined) throw pieceUnknown(jobId, shard, k, piece);
    return { bytes };
  }

  async release(jobId: string, k: number | readonly number[], epoch?: number): Promise<void> {
    this.#waiting.assertOpen();
    assertReleased(k);
    const job = this.#open(jobId);
    if (epoch !== undefined && epoch < job.epoch) return;
    if (typeof k !== 'number' && k.length !== job.shards.length)
      throw cursorsMismatch(jobId, k.length, job.shards.length);
    for (const [shard, { entries }] of job.shards.entries()) {
      const end = typeof k === 'number' ? k : k[shard]!;
      for (const entryK of entries.keys()) if (entryK < end) entries.delete(entryK);
    }
  }

  async close(jobId: string): Promise<void> {
    this.#waiting.assertOpen();
    this.forget(jobId);
  }

  /** Drops the job; calls that wait for its entries reject with BROKER_JOB_UNKNOWN. */
  forget(jobId: string): void {
    const job = this.#jobs.get(jobId);
    this.#jobs.delete(jobId);
    this.#changed(jobId);
    for (const shard of job?.shards ?? []) rejectReaders(shard, jobUnknown(jobId));
  }

  #open(jobId: string): OpenJob {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw jobUnknown(jobId);
    return job;
  }
}

function shardOf(job: OpenJob, jobId: string, index: number): Shard {
  const shard = job.shards[index];
  if (shard === undefined) throw shardUnknown(jobId, index, job.shards.length);
  return shard;
}

function rejectReaders(shard: Shard, error: Error): void {
  for (const readers of shard.readers.values()) for (const reader of [...readers]) reader.reject(error);
}
