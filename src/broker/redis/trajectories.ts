import type { CommitOutcome, RolloutTask, ShardCursor, Trajectories, TrajectoryEntry } from '../port.js';
import { entryUnknown, jobUnknown, shardUnknown } from '../refusals.js';
import { assertInteger, assertJobId, assertTask } from '../validate.js';
import { type Access, asBuffer } from './access.js';
import type { ScriptArgument } from './script.js';
import { CLOSE, COMMIT, OPEN, RELEASE } from './trajectory-scripts.js';

const OUTCOMES: ReadonlySet<unknown> = new Set<CommitOutcome>(['ok', 'duplicate', 'gap', 'full', 'fenced']);
const EMPTY = Buffer.alloc(0);

/** A stream of entries per job and shard, in which batch k has the id (k + 1)-0, and a hash with epoch and cursors. */
export class RedisTrajectories implements Trajectories {
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
    const args = [keys.of(jobId, 'trajectories'), keys.of(jobId, 'wake'), capacity, cursors.length, ...perShard];
    return Number(await this.#access.call(() => OPEN.run(redis, [keys.of(jobId, 'run')], args)));
  }

  async commit(task: RolloutTask, entry: TrajectoryEntry): Promise<CommitOutcome> {
    const { redis, keys } = this.#access;
    this.#access.waiting.assertOpen();
    assertTask(task);
    const { jobId, shard, k, epoch } = task;
    const outcome = await this.#access.call(() =>
      COMMIT.run(
        redis,
        [keys.of(jobId, 'run'), keys.trajectories(jobId, shard)],
        [epoch, shard, k, asBuffer(entry.batch), asBuffer(entry.state), keys.of(jobId, 'wake')],
      ),
    );
    if (OUTCOMES.has(outcome)) return outcome as CommitOutcome;
    throw shardUnknown(jobId, shard, Number(outcome));
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

  async read(jobId: string, shard: number, k: number, signal: AbortSignal): Promise<TrajectoryEntry> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('k', k, 0);
    const { keys, waking } = this.#access;
    return waking.until(keys.of(jobId, 'wake'), `t${shard}`, signal, () => this.#entry(jobId, shard, k));
  }

  async release(jobId: string, k: number): Promise<void> {
    assertJobId(jobId);
    assertInteger('k', k, 0);
    const { redis, keys } = this.#access;
    const open = await this.#access.call(() =>
      RELEASE.run(redis, [keys.of(jobId, 'run')], [keys.of(jobId, 'trajectories'), k]),
    );
    if (open !== 1) throw jobUnknown(jobId);
  }

  async close(jobId: string): Promise<void> {
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    await this.#access.call(() =>
      CLOSE.run(redis, [keys.of(jobId, 'run')], [keys.of(jobId, 'trajectories'), keys.of(jobId, 'wake')]),
    );
  }

  /** The entry, or undefined while it is not committed. The cursor is asked for first: where it is beyond k and the entry is not
   *  there, the entry is gone, because both are written at once. */
  async #entry(jobId: string, shard: number, k: number): Promise<TrajectoryEntry | undefined> {
    const { redis, keys } = this.#access;
    const id = `${k + 1}-0`;
    const [[shards = null, cursor = null], entries] = await this.#access.call(() =>
      Promise.all([
        redis.hmget(keys.of(jobId, 'run'), 'shards', `k:${shard}`),
        redis.xrangeBuffer(keys.trajectories(jobId, shard), id, id),
      ]),
    );
    const fields = entries[0]?.[1];
    if (fields !== undefined) return { batch: fields[1]!, state: fields[3]! };
    if (shards === null) throw jobUnknown(jobId);
    if (cursor === null) throw shardUnknown(jobId, shard, Number(shards));
    if (k < Number(cursor)) throw entryUnknown(jobId, shard, k, Number(cursor));
    return undefined;
  }
}
