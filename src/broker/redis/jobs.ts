import { randomUUID } from 'node:crypto';
import type { JobChanges, JobLease, JobRecord, Jobs, StoredJob } from '../port.js';
import { jobExists } from '../refusals.js';
import { assertJobId } from '../validate.js';
import type { Access } from './access.js';
import type { RedisJobChanges } from './job-changes.js';
import type { JobQueue } from './job-queue.js';
import { COMPARE_AND_SET, SUBMIT } from './job-scripts.js';

/** Records read at once when all are listed. */
const PAGE = 500;
/** Revisions read at once: so few that whoever serves requests besides does not notice. */
const REVISIONS_PAGE = 100;

/** A hash per job; an index of all; the queue, and what changed when, beside them. */
export class RedisJobs implements Jobs {
  readonly #access: Access;
  readonly #queue: JobQueue;
  readonly #changes: RedisJobChanges;
  readonly #forget: (jobId: string) => Promise<void>;

  constructor(access: Access, queue: JobQueue, changes: RedisJobChanges, forget: (jobId: string) => Promise<void>) {
    this.#access = access;
    this.#queue = queue;
    this.#changes = changes;
    this.#forget = forget;
  }

  async submit(record: JobRecord): Promise<StoredJob> {
    this.#access.waiting.assertOpen();
    assertJobId(record.jobId);
    const { redis, keys } = this.#access;
    const { jobId, state, createdAt } = record;
    return this.#access.call(async () => {
      if (state === 'queued') await this.#queue.announce(jobId);
      // Before the record: an entry of the index without a record is passed over, a record without an entry would be lost.
      await redis.zadd(keys.ofFleet('index'), createdAt, jobId);
      const text = JSON.stringify(record);
      const written = await SUBMIT.run(redis, [keys.of(jobId, 'record')], [jobId, text, state, randomUUID()]);
      const stored = await this.#stored(record, written as Written);
      if (stored !== null) return stored;
      throw jobExists(jobId);
    });
  }

  async get(jobId: string): Promise<StoredJob | null> {
    const { redis, keys } = this.#access;
    const [text, revision] = await this.#access.call(() => redis.hmget(keys.of(jobId, 'record'), 'record', 'revision'));
    return text && revision ? { record: JSON.parse(text) as JobRecord, revision: Number(revision) } : null;
  }

  async list(): Promise<readonly StoredJob[]> {
    const { redis, keys } = this.#access;
    const ids = await this.#access.call(() => redis.zrange(keys.ofFleet('index'), 0, '-1'));
    const found: { stored: StoredJob; order: number }[] = [];
    for (let from = 0; from < ids.length; from += PAGE) {
      const page = ids.slice(from, from + PAGE);
      const rows = await this.#access.call(() =>
        Promise.all(page.map((jobId) => redis.hmget(keys.of(jobId, 'record'), 'record', 'revision', 'order'))),
      );
      for (const [text, revision, order] of rows) {
        if (!text) continue;
        found.push({
          stored: { record: JSON.parse(text) as JobRecord, revision: Number(revision) },
          order: Number(order),
        });
      }
    }
    found.sort((a, b) => b.stored.record.createdAt - a.stored.record.createdAt || b.order - a.order);
    return found.map(({ stored }) => stored);
  }

  async revisions(): Promise<ReadonlyMap<string, number>> {
    const { redis, keys } = this.#access;
    const ids = await this.#access.call(() => redis.zrange(keys.ofFleet('index'), 0, '-1'));
    const found = new Map<string, number>();
    for (let from = 0; from < ids.length; from += REVISIONS_PAGE) {
      const page = ids.slice(from, from + REVISIONS_PAGE);
      const revisions = await this.#access.call(() =>
        Promise.all(page.map((jobId) => redis.hget(keys.of(jobId, 'record'), 'revision'))),
      );
      revisions.forEach((revision, i) => {
        if (revision !== null) found.set(page[i]!, Number(revision));
      });
    }
    return found;
  }

  async changes(mark: string | null): Promise<JobChanges> {
    return this.#access.call(() => this.#changes.since(mark));
  }

  async compareAndSet(revision: number, record: JobRecord): Promise<StoredJob | null> {
    this.#access.waiting.assertOpen();
    assertJobId(record.jobId);
    const { redis, keys } = this.#access;
    const { jobId, state } = record;
    return this.#access.call(async () => {
      if (state === 'queued') await this.#queue.announce(jobId);
      const args = [jobId, JSON.stringify(record), state, randomUUID(), revision];
      return this.#stored(record, (await COMPARE_AND_SET.run(redis, [keys.of(jobId, 'record')], args)) as Written);
    });
  }

  async take(signal: AbortSignal): Promise<JobLease> {
    return this.#queue.take(signal);
  }

  /** The record first: from then on the job does not exist, whatever becomes of the rest; called again, it goes on. */
  async remove(jobId: string): Promise<void> {
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    await this.#access.call(async () => {
      await redis.del(keys.of(jobId, 'record'));
      await this.#forget(jobId);
      await redis.zrem(keys.ofFleet('index'), jobId);
      await Promise.all([this.#queue.withdraw(jobId), this.#changes.note(jobId)]);
      await Promise.all([redis.publish(keys.of(jobId, 'wake'), '*'), redis.publish(keys.of(jobId, 'told'), '*')]);
    });
  }

  async #stored(record: JobRecord, written: Written): Promise<StoredJob | null> {
    const queued = written?.[1] === 1;
    // Also where nothing was written: an earlier call, whose answer was lost, may have.
    const noted = this.#changes.note(record.jobId);
    if (queued) await Promise.all([noted, this.#queue.enqueue(record.jobId, written[0])]);
    else await Promise.all([noted, record.state === 'queued' ? this.#queue.withdraw(record.jobId) : undefined]);
    return written === null ? null : { record: { ...record }, revision: Number(written[0]) };
  }
}

/** What the scripts give: revision, and whether the job was queued by it. */
type Written = readonly [string, number] | null;
