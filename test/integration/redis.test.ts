import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

async function askRedis<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
  const url = process.env.REDIS_URL;
  if (url === undefined || url === '') {
    throw new Error('REDIS_URL is not set: run `npm test`, which starts a Redis server, or set it to one for tests.');
  }
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // Without a listener the client reports a refused connection on its own besides rejecting the command.
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

/** What every test against Redis relies on: that there is one, and that it never drops what it has accepted. */
describe('the Redis of the tests', () => {
  it('answers', async () => {
    expect(await askRedis((redis) => redis.ping())).toBe('PONG');
  });

  it('is version 6.2 or later', async () => {
    const information = await askRedis((redis) => redis.info('server'));
    const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(information) ?? [];
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThanOrEqual(602);
  });

  it('evicts nothing', async () => {
    const policy = await askRedis((redis) => redis.config('GET', 'maxmemory-policy'));
    expect(policy).toEqual(['maxmemory-policy', 'noeviction']);
  });
});
