import type { Broker, RolloutTask, ShardCursor, TrajectoryEntry } from '../broker/index.js';
import { HEADER, HEADER_BYTES, type TrajectoryPiece } from '../experience/index.js';
import {
  createPieceCodecs,
  createTrajectoryCodec,
  decodeShardState,
  decodeWeights,
  encodeShardState,
  encodeWeights,
  type PolicyWeights,
  type TrajectoryCodec,
} from '../wire/index.js';
import type { BufferPool } from './buffers.js';
import { trainingError } from './errors.js';

/** What the messages of one job need to be read and written. */
export interface JobLayout {
  readonly layout: Parameters<typeof createTrajectoryCodec>[0];
  readonly policies: readonly PolicyWeights[];
  /** The pieces that a batch travels in; absent or one: whole. */
  readonly pieces?: readonly TrajectoryPiece[];
}

export interface WiredBrokerOptions {
  /** The layout of a job; called once per job. */
  readonly layoutOf: (jobId: string) => Promise<JobLayout>;
  /** Memory for decoded batches. */
  readonly buffers?: BufferPool;
  /** Pieces, beside the first, that are read with each batch; absent: all. */
  readonly piecesHere?: () => readonly number[];
}

/** Which pieces of the batches that were read are there. */
export interface BatchPieces {
  has(batch: Uint8Array, piece: number): boolean;
  /** Reads a piece into the block of its batch. Rejects as `readPiece`, and with TRAINING_MESSAGE_MISPLACED. */
  load(
    place: Pick<RolloutTask, 'jobId' | 'shard' | 'k'>,
    piece: number,
    batch: Uint8Array,
    signal: AbortSignal,
  ): Promise<void>;
}

export interface WiredBroker extends Broker {
  readonly pieces: BatchPieces;
}

/** Jobs whose memory and weights are kept; the one unused for longest is forgotten. */
const KEPT_JOBS = 8;
/** Weight versions that a process keeps of each job: as many as tasks in flight can differ by, and some. */
const CACHED_VERSIONS = 4;

/** A broker between processes: what goes out is encoded as wire messages, what comes in is checked and decoded into shared
 *  memory, so that training sees the same bytes as with a broker in its own process. Weights are fetched once per version. */
export function createWiredBroker(broker: Broker, options: WiredBrokerOptions): WiredBroker {
  const jobs = new Map<string, Promise<WiredJob>>();
  const jobOf = (jobId: string): Promise<WiredJob> => {
    let job = jobs.get(jobId);
    if (job === undefined) {
      job = options.layoutOf(jobId).then((layout) => new WiredJob(layout));
      // A failure is not remembered: the job may be known by the next call.
      job.catch(() => jobs.delete(jobId));
    }
    // Again at the end: the map's order is that of use.
    jobs.delete(jobId);
    jobs.set(jobId, job);
    const [oldest] = jobs.keys();
    if (oldest !== undefined && jobs.size > KEPT_JOBS) jobs.delete(oldest);
    return job;
  };

  const decodeCursor = (shard: number, { k, state }: ShardCursor): ShardCursor =>
    state === null ? { k, state } : { k, state: expectState(state, shard, k) };

  const there = new WeakMap<Uint8Array, Set<number>>();
  const pieces: BatchPieces = {
    has: (batch, piece) => there.get(batch)?.has(piece) ?? false,
    load: async ({ jobId, shard, k }, piece, batch, signal) => {
      const { codecs } = await jobOf(jobId);
      const read = await broker.trajectories.readPiece(jobId, shard, k, piece, signal);
      const before = headerOf(batch).slice();
      const decoded = codecs[piece]!.decode(read.bytes, batch.buffer as SharedArrayBuffer);
      read.free?.();
      assertOfBatch(before, decoded, `piece ${piece}`, shard, k);
      there.get(batch)?.add(piece);
    },
  };

  return {
    ...broker,
    pieces,
    trajectories: {
      // The message is.
      copiesCommitted: true,
      open: (jobId, cursors, capacity) =>
        broker.trajectories.open(
          jobId,
          cursors.map(({ k, state }, shard) => ({
            k,
            state: state === null ? null : encodeShardState({ shard, k, state }),
          })),
          capacity,
        ),
      commit: async (task: RolloutTask, entry: TrajectoryEntry) => {
        const job = await jobOf(task.jobId);
        const { shard, k } = task;
        const messages = job.codecs.map((codec) => codec.encode(entry.batch, job.takeMemory()));
        const [batch, ...others] = messages;
        const state = encodeShardState({ shard, k: k + 1, state: entry.state });
        const outcome = await broker.trajectories.commit(task, {
          batch: batch!,
          ...(others.length === 0 ? {} : { pieces: others }),
          state,
        });
        if (broker.trajectories.copiesCommitted) for (const { buffer } of messages) job.giveMemory(buffer);
        return outcome;
      },
      cursor: async (jobId, shard) => decodeCursor(shard, await broker.trajectories.cursor(jobId, shard)),
      read: async (jobId, shard, k, signal) => {
        const { codecs } = await jobOf(jobId);
        const entry = await broker.trajectories.read(jobId, shard, k, signal);
        const decoded = {
          batch: codecs[0]!.decode(entry.batch, options.buffers?.take()),
          state: expectState(entry.state, shard, k + 1),
        };
        entry.free?.();
        if (codecs.length === 1) return decoded;
        there.set(decoded.batch, new Set([0]));
        const others = codecs.slice(1).map((_, p) => p + 1);
        for (const piece of options.piecesHere?.() ?? others) {
          await pieces.load({ jobId, shard, k }, piece, decoded.batch, signal);
        }
        return decoded;
      },
      readPiece: async (jobId, shard, k, piece, signal) => {
        const { codecs } = await jobOf(jobId);
        const read = await broker.trajectories.readPiece(jobId, shard, k, piece, signal);
        const bytes = codecs[piece]!.decode(read.bytes, options.buffers?.take());
        read.free?.();
        assertOfBatch(headerOf(bytes), bytes, `piece ${piece}`, shard, k);
        return { bytes };
      },
      release: (jobId, k, epoch) => broker.trajectories.release(jobId, k, epoch),
      close: (jobId) => broker.trajectories.close(jobId),
    },
    weights: {
      publish: async (jobId, version, epoch, weights) => {
        const { policies } = await jobOf(jobId);
        await broker.weights.publish(jobId, version, epoch, encodeWeights({ version, policies, weights }));
      },
      fetch: async (jobId, version) => {
        const job = await jobOf(jobId);
        return await job.cached(version, async () =>
          expectVersion(await broker.weights.fetch(jobId, version), version, job.policies),
        );
      },
      newest: async (jobId, epoch) => {
        const job = await jobOf(jobId);
        job.enter(epoch);
        return await broker.weights.newest(jobId, epoch);
      },
      prune: (jobId, version, epoch) => broker.weights.prune(jobId, version, epoch),
    },
    close: () => broker.close(),
  };
}

/** The state of a shard before batch k. Throws TRAINING_MESSAGE_MISPLACED for that of another place. */
function expectState(bytes: Uint8Array, shard: number, k: number): Uint8Array {
  const found = decodeShardState(bytes);
  if (found.shard === shard && found.k === k) return found.state;
  throw misplaced(
    `the state of shard ${shard} before batch ${k}`,
    `that of shard ${found.shard} before batch ${found.k}`,
  );
}

function expectVersion(bytes: Uint8Array, version: number, policies: readonly PolicyWeights[]): Uint8Array {
  const found = decodeWeights(bytes, policies);
  if (found.version === version) return found.weights;
  throw misplaced(`policy version ${version}`, `version ${found.version}`);
}

const headerOf = ({ buffer, byteOffset }: Uint8Array): Int32Array =>
  new Int32Array(buffer, byteOffset, HEADER_BYTES / 4);

/** What was read of a batch is of this one. Throws TRAINING_MESSAGE_MISPLACED. */
function assertOfBatch(expected: Int32Array, block: Uint8Array, what: string, shard: number, k: number): void {
  const header = headerOf(block);
  const same = header.every((value, i) => value === expected[i]);
  if (same && header[HEADER.shard] === shard && header[HEADER.k] === k) return;
  throw misplaced(
    `${what} of batch ${k} of shard ${shard}`,
    `one of batch ${header[HEADER.k]} of shard ${header[HEADER.shard]}`,
  );
}

const misplaced = (wanted: string, found: string) =>
  trainingError('TRAINING_MESSAGE_MISPLACED', `the broker gave for ${wanted} ${found}`, { data: { wanted, found } });

/** Codec, recent weights, and memory for messages of a job. */
class WiredJob {
  /** Of each piece; of the whole batch where there is one. */
  readonly codecs: readonly TrajectoryCodec[];
  readonly policies: readonly PolicyWeights[];
  /** As many as were ever needed at once. */
  private readonly memory: ArrayBuffer[] = [];
  private readonly versions = new Map<number, Promise<Uint8Array>>();
  /** That of the weights which were last asked for as the newest. */
  private epoch = 0;

  constructor({ layout, policies, pieces = [] }: JobLayout) {
    this.codecs = pieces.length > 1 ? createPieceCodecs(layout, pieces) : [createTrajectoryCodec(layout)];
    this.policies = policies;
  }

  /** Memory for a message; it may be too small, and then larger memory comes back. */
  takeMemory(): ArrayBuffer | undefined {
    return this.memory.pop();
  }

  giveMemory(buffer: ArrayBufferLike): void {
    if (buffer instanceof ArrayBuffer) this.memory.push(buffer);
  }

  /** Forgets the weights of another epoch: a learner that took over may have reached others under the same versions. */
  enter(epoch: number): void {
    if (epoch !== this.epoch) this.versions.clear();
    this.epoch = epoch;
  }

  cached(version: number, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.versions.get(version);
    if (known !== undefined) return known;
    const fetched = fetch();
    fetched.catch(() => this.versions.delete(version));
    this.versions.set(version, fetched);
    for (const old of this.versions.keys()) {
      if (this.versions.size <= CACHED_VERSIONS) break;
      this.versions.delete(old);
    }
    return fetched;
  }
}
