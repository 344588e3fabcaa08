import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/index.js';
import { runNode } from '../../helpers/project.js';
import { openBroker } from '../../helpers/redis/brokers.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { keysUnder, redisUrl, uniquePrefix } from '../../helpers/redis/testing.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('a broker over Redis, when it starts', () => {
  it('refuses a server that would evict what it has accepted, and says how to set it', async () => {
    const redis = await TestRedis.start({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(openBroker({ url: redis.url })).rejects.toMatchObject({
      code: 'BROKER_REDIS_UNSUITABLE',
      message: expect.stringMatching(/allkeys-lru.*CONFIG SET maxmemory-policy noeviction/),
      data: { policy: 'allkeys-lru' },
    });
  });

  it('warns when the server keeps nothing on disk, and only then', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: unknown, message: string) => void warnings.push(message) };
    const fleeting = await TestRedis.start();
    await openBroker({ url: fleeting.url, logger });
    expect(warnings).toEqual([expect.stringContaining('appendonly yes')]);
    for (const options of [{ appendonly: 'yes' }, { save: '60 1' }]) {
      const lasting = await TestRedis.start(options);
      await openBroker({ url: lasting.url, logger });
    }
    expect(warnings).toHaveLength(1);
  });

  it('says that it cannot reach the server, where, and without the password', async () => {
    const redis = await TestRedis.start();
    await redis.kill();
    const opening = openBroker({ url: redis.url.replace('//', '//user:secret@'), connectTimeoutMs: 300 });
    await expect(opening).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/^No Redis answers at redis:\/\/127\.0\.0\.1:\d+ within 300 ms/),
    });
  });

  it('says that access is refused', async () => {
    const redis = await TestRedis.start({ requirepass: 'right' });
    for (const url of [redis.url, redis.url.replace('//', '//:wrong@')]) {
      await expect(openBroker({ url, connectTimeoutMs: 1000 })).rejects.toMatchObject({
        code: 'BROKER_REDIS_UNSUITABLE',
        message: expect.stringContaining('user and password'),
      });
    }
    const broker = await openBroker({ url: redis.url.replace('//', '//:right@') });
    expect(await broker.jobs.list()).toEqual([]);
  });

  it.each([
    [{ url: 'localhost:6379' }, 'url'],
    [{ prefix: 'a:b' }, 'prefix'],
    [{ maxAttempts: 0 }, 'maxAttempts'],
    [{ leaseMs: 5 }, 'leaseMs'],
  ])('refuses the options %j', async (options, name) => {
    const opening = openBroker(options);
    await expect(opening).rejects.toMatchObject({ code: 'BROKER_ARGUMENT_INVALID' });
    await expect(opening).rejects.toThrow(name);
  });
});

describe('a process that has closed its broker', () => {
  it('ends by itself, after all kinds of use', async () => {
    const prefix = uniquePrefix();
    const door = new URL('../../../dist/src/broker/redis/index.js', import.meta.url);
    const folder = temporaryFolder({
      'use.mjs': `
        import { createRedisBroker } from ${JSON.stringify(door.href)};
        const quiet = () => {};
        const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
        const clock = { now: () => Date.now(), monotonic: () => performance.now() };
        const broker = await createRedisBroker({ url: ${JSON.stringify(redisUrl())}, prefix: '${prefix}' }, { logger, clock });
        const { signal } = new AbortController();
        const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 4);
        const task = { jobId: 'job', shard: 0, k: 0, version: 0, epoch };
        await broker.tasks.issue([task]);
        const lease = await broker.tasks.take(signal);
        const waits = [broker.tasks.take(signal), broker.jobs.take(signal), broker.trajectories.read('job', 0, 0, signal)];
        const follower = broker.events.follow('job', 0, signal)[Symbol.asyncIterator]();
        waits.push(follower.next());
        await broker.trajectories.commit(task, { batch: new Uint8Array(4), state: new Uint8Array(4) });
        await waits[2];
        await broker.jobs.remove('job');
        const settled = Promise.allSettled(waits);
        await broker.close();
        console.log((await settled).map(({ status, reason }) => reason?.code ?? status).join(' '), lease.task.shard);
      `,
    });
    const result = await runNode(`${folder}/use.mjs`, []);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout.trim()).toBe('BROKER_CLOSED BROKER_CLOSED fulfilled BROKER_CLOSED 0');
    // Of a job that was removed nothing is left; of the fleet, which jobs changed last, and the queue's own.
    await expect.poll(() => keysUnder(prefix)).toEqual([`${prefix}:{#}:changes`, `${prefix}:{#}:jobs:meta`]);
  });
});
