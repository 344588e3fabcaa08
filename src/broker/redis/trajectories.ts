import { randomUUID } from 'node:crypto';
import { brokerError } from '../errors.js';
import type {
  CommitOutcome,
  ReadEntry,
  ReadPiece,
  RolloutTask,
  ShardCursor,
  Trajectories,
  TrajectoryEntry,
} from '../port.js';
import { cursorsMismatch, entryUnknown, jobUnknown, pieceUnknown, shardUnknown } from '../refusals.js';
import { assertInteger, assertJobId, assertReleased, assertTask } from '../validate.js';
import { type Access, asBuffer } from './access.js';
import type { ScriptArgument } from './script.js';
import { CLOSE, COMMIT, OPEN, RELEASE } from './trajectory-scripts.js';

const OUTCOMES: ReadonlySet<unknown> = new Set<CommitOutcome>(['ok', 'duplicate', 'gap', 'full', 'fenced']);
const EMPTY = Buffer.alloc(0);
/** An upload whose commit never came is kept for that long; both are sent at once. */
const UPLOAD_SECONDS = 60;
/** The number at the end of a stored batch. */
const NUMBER_BYTES = 4;

/** A key per batch, with the state after it; a stream per job and shard that tells which there are, in which batch k has the id
 *  (k + 1)-0; and a hash with epoch and cursors. */
export class RedisTrajectories implements Trajectories {
  readonly copiesCommitted = true;
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async open(jobId: string, cursors: readonly ShardCursor[], capacity: number): Promise<number> {
    const { redis, keys } = this.#access;
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('capacity', capacity, 1);
    assertInteger('cursors.length', cursors.length, 1);
    for (const [shard, { k }] of cursors.entries()) assertInteger(`cursors[${shard}].k`, k, 0);
    const perShard = cursors.flatMap(({ k, state }): ScriptArgument[] =>
      state === null ? [k, 0, EMPTY] : [k, 1, asBuffer(state)],
    );
    const args = [...this.#names(jobId), keys.of(jobId, 'wake'), capacity, cursors.length, ...perShard];
    return Number(await this.#access.call(() => OPEN.run(redis, [keys.of(jobId, 'run')], args)));
  }

  async commit(task: RolloutTask, entry: TrajectoryEntry): Promise<CommitOutcome> {
    this.#access.waiting.assertOpen();
    assertTask(task);
    const outcome = await this.#access.call(() => this.#upload(task, entry));
    if (OUTCOMES.has(outcome)) return outcome as CommitOutcome;
    if (outcome !== 'lost') throw shardUnknown(task.jobId, task.shard, Number(outcome));
    throw brokerError('BROKER_UNAVAILABLE', 'Redis lost a batch on its way: commit it again.');
  }

  async cursor(jobId: string, shard: number): Promise<ShardCursor> {
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    const [shards = null, k = null, state = null] = await this.#access.call(() =>
      redis.hmgetBuffer(keys.of(jobId, 'run'), 'shards', `k:${shard}`, `state:${shard}`),
    );
    if (shards === null) throw jobUnknown(jobId);
    if (k === null) throw shardUnknown(jobId, shard, Number(shards));
    return { k: Number(k), state };
  }

  async read(jobId: string, shard: number, k: number, signal: AbortSignal): Promise<ReadEntry> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('k', k, 0);
    const { keys, waking } = this.#access;
    let looks = 0;
    return waking.until(keys.of(jobId, 'wake'), `t${shard}`, signal, () =>
      this.#committed(jobId, shard, k, looks++ > 0, () => this.#fetch(jobId, shard, k)),
    );
  }

  async readPiece(jobId: string, shard: number, k: number, number: number, signal: AbortSignal): Promise<ReadPiece> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('k', k, 0);
    assertInteger('piece', number, 1);
    const { keys, waking, transfers } = this.#access;
    const fetch = async (): Promise<ReadPiece | undefined> =>
      (await this.#access.call(() => transfers.get(keys.piece(jobId, shard, k, number)))) ?? undefined;
    const found = async (): Promise<ReadPiece | undefined> => {
      const piece = await fetch();
      if (piece !== undefined || !(await this.#exists(jobId, shard, k))) return piece;
      // Committed since, unless the entry has none: all of it is committed at once.
      const committed = await fetch();
      if (committed !== undefined || !(await this.#exists(jobId, shard, k))) return committed;
      throw pieceUnknown(jobId, shard, k, number);
    };
    let looks = 0;
    return waking.until(keys.of(jobId, 'wake'), `t${shard}`, signal, () =>
      this.#committed(jobId, shard, k, looks++ > 0, found),
    );
  }

  async release(jobId: string, k: number | readonly number[], epoch?: number): Promise<void> {
    assertJobId(jobId);
    assertReleased(k);
    const { redis, keys } = this.#access;
    const args = [...this.#names(jobId), epoch ?? '', ...(typeof k === 'number' ? ['all', k] : ['each', ...k])];
    const shards = Number(await this.#access.call(() => RELEASE.run(redis, [keys.of(jobId, 'run')], args)));
    if (shards === 0) throw jobUnknown(jobId);
    if (typeof k !== 'number' && k.length !== shards) throw cursorsMismatch(jobId, k.length, shards);
  }

  async close(jobId: string): Promise<void> {
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    await this.#access.call(() =>
      CLOSE.run(
        redis,
        [keys.of(jobId, 'run'), keys.of(jobId, 'parts')],
        [...this.#names(jobId), keys.of(jobId, 'wake')],
      ),
    );
  }

  /** Of the streams and of the batches, without the shard. */
  #names(jobId: string): readonly [string, string] {
    const { keys } = this.#access;
    return [keys.of(jobId, 'trajectories'), keys.of(jobId, 'batch')];
  }

  /** Sends the batch, its pieces, and the script that makes them the shard's, one right behind the other. */
  async #upload({ jobId, shard, k, epoch }: RolloutTask, entry: TrajectoryEntry): Promise<unknown> {
    const { batch, pieces = [], state } = entry;
    const { transfers, keys } = this.#access;
    await transfers.open();
    const upload = keys.upload(jobId, randomUUID());
    const size = Buffer.alloc(NUMBER_BYTES);
    size.writeUInt32LE(batch.byteLength);
    const named = pieces.map((bytes, p) => ({
      bytes,
      from: `${upload}:${p + 1}`,
      to: keys.piece(jobId, shard, k, p + 1),
    }));
    const stored = Promise.all([
      ...named.map(({ bytes, from }) => transfers.put(from, [asBuffer(bytes)], UPLOAD_SECONDS)),
      transfers.put(upload, [asBuffer(batch), asBuffer(state), size], UPLOAD_SECONDS),
    ]);
    const committed = COMMIT.run(
      transfers.redis,
      [
        keys.of(jobId, 'run'),
        keys.trajectories(jobId, shard),
        upload,
        keys.batch(jobId, shard, k),
        ...named.flatMap(({ from, to }) => [from, to]),
      ],
      [epoch, shard, k, batch.byteLength, state.byteLength, keys.of(jobId, 'wake')],
    );
    const [first, second] = await Promise.allSettled([stored, committed]);
    if (first.status === 'fulfilled' && second.status === 'fulfilled') return second.value;
    // Out of memory, at last: what was stored would be in its own way when it is sent again.
    await transfers.redis.del(upload, ...named.map(({ from }) => from)).catch(() => {});
    throw (first.status === 'rejected' ? first : (second as PromiseRejectedResult)).reason;
  }

  /** What `fetch` finds of the entry, or undefined while it is not committed. Whether it is there is asked first where it probably is
   *  not. Where the cursor is beyond k and the entry is not there, asked for afterwards, it is gone, because both are written at once. */
  async #committed<T>(
    jobId: string,
    shard: number,
    k: number,
    likely: boolean,
    fetch: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { redis, keys } = this.#access;
    const found = likely ? await fetch() : undefined;
    if (found !== undefined) return found;
    const [shards = null, cursor = null] = await this.#access.call(() =>
      redis.hmget(keys.of(jobId, 'run'), 'shards', `k:${shard}`),
    );
    if (shards === null) throw jobUnknown(jobId);
    if (cursor === null) throw shardUnknown(jobId, shard, Number(shards));
    if (k >= Number(cursor)) return undefined;
    const committed = await fetch();
    if (committed === undefined) throw entryUnknown(jobId, shard, k, Number(cursor));
    return committed;
  }

  async #exists(jobId: string, shard: number, k: number): Promise<boolean> {
    const { redis, keys } = this.#access;
    return (await this.#access.call(() => redis.exists(keys.batch(jobId, shard, k)))) === 1;
  }

  async #fetch(jobId: string, shard: number, k: number): Promise<ReadEntry | undefined> {
    const { transfers, keys } = this.#access;
    const value = await this.#access.call(() => transfers.get(keys.batch(jobId, shard, k)));
    if (value === null) return undefined;
    const { bytes, free } = value;
    const end = bytes.byteLength - NUMBER_BYTES;
    const batchBytes = bytes.readUInt32LE(end);
    return { batch: bytes.subarray(0, batchBytes), state: bytes.subarray(batchBytes, end), free };
  }
}
