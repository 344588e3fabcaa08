import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/** The Redis of the tests. */
export function redisUrl(): string {
  const url = process.env.REDIS_URL;
  if (url !== undefined && url !== '') return url;
  throw new Error('REDIS_URL is not set: run `npm test`, which starts a Redis server, or set it to one for tests.');
}

/** Apart from every other test, in this run and in others on the same server. */
export const uniquePrefix = (): string => `test-${randomUUID()}`;

/** A connection of the test's own, closed when `use` is over. */
export async function withRedis<T>(use: (redis: Redis) => Promise<T>, url = redisUrl()): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

export async function keysUnder(prefix: string, url = redisUrl()): Promise<string[]> {
  return withRedis(async (redis) => {
    const keys = new Set<string>();
    for await (const page of redis.scanStream({ match: `${prefix}:*`, count: 1000 })) {
      for (const key of page as string[]) keys.add(key);
    }
    return [...keys].sort();
  }, url);
}

export async function deleteUnder(prefix: string, url = redisUrl()): Promise<void> {
  const keys = await keysUnder(prefix, url);
  if (keys.length > 0) await withRedis((redis) => redis.del(...keys), url);
}
