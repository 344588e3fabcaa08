import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/broker/redis/access.js';
import { RedisJobChanges } from '../../../src/broker/redis/job-changes.js';
import { Keys } from '../../../src/broker/redis/keys.js';
import { record } from '../../contract/broker/making.js';
import { openBroker } from '../../helpers/redis/brokers.js';
import { uniquePrefix, withRedis } from '../../helpers/redis/testing.js';

const KEPT = 3;

/** Changes of so few jobs that some are forgotten. */
async function withFew(check: (changes: RedisJobChanges, key: string) => Promise<void>): Promise<void> {
  const keys = new Keys(uniquePrefix());
  await withRedis(async (redis) => {
    const access = { redis, keys } as unknown as Access;
    await check(new RedisJobChanges(access, KEPT), keys.ofFleet('changes'));
  });
}

describe('the changes of jobs in Redis', () => {
  it('are told as long as all of them are known, and take no more room than that', () =>
    withFew(async (changes, key) => {
      await changes.note('a');
      const { mark } = await changes.since(null);
      for (const jobId of ['b', 'c', 'b', 'd']) await changes.note(jobId);
      expect((await changes.since(mark)).jobIds).toEqual(['c', 'b', 'd']);
      await changes.note('e');
      expect((await changes.since(mark)).jobIds).toBeNull();
      const later = (await changes.since(null)).mark;
      await changes.note('b');
      expect((await changes.since(later)).jobIds).toEqual(['b']);
      expect(await withRedis((redis) => redis.zcard(key))).toBe(KEPT + 1);
    }));

  it('are not told where Redis has lost them, all or the newest', () =>
    withFew(async (changes, key) => {
      await changes.note('a');
      const early = await withRedis((redis) => redis.dumpBuffer(key));
      await changes.note('b');
      const { mark } = await changes.since(null);
      await withRedis((redis) => redis.restore(key, 0, early, 'REPLACE'));
      expect((await changes.since(mark)).jobIds).toBeNull();
      await withRedis((redis) => redis.del(key));
      const lost = await changes.since(mark);
      expect(lost.jobIds).toBeNull();
      expect((await changes.since(lost.mark)).jobIds).toEqual([]);
      await changes.note('c');
      expect((await changes.since(mark)).jobIds).toBeNull();
      expect((await changes.since(lost.mark)).jobIds).toBeNull();
    }));

  it('are told of a job that was removed or changed by another process', async () => {
    const prefix = uniquePrefix();
    const [one, other] = await Promise.all([openBroker({ prefix }), openBroker({ prefix })]);
    const { revision } = await one.jobs.submit(record('a'));
    const { mark } = await one.jobs.changes(null);
    await other.jobs.compareAndSet(revision, record('a', { state: 'succeeded' }));
    expect((await one.jobs.changes(mark)).jobIds).toEqual(['a']);
  });
});
