import { Redis, type RedisOptions } from 'ioredis';
import type { Logger, MarlinError } from '../../base/index.js';
import { brokerError } from '../errors.js';
import { gatherWrites } from './gathered-writes.js';
import type { RedisBrokerSettings } from './options.js';
import { fromRedisError } from './redis-errors.js';
import { Transfers } from './transfers.js';

/** How long a command that waits in Redis waits there. Finite, because nothing ends it when the connection is half open. */
export const BLOCK_SECONDS = 2;

/** The four connections of a broker. They differ in what happens while Redis is away:
 *
 *  | connection | used for | while Redis is away |
 *  |---|---|---|
 *  | requests | everything that answers at once | a command that was sent is repeated over one reconnection; others fail at once, and all after `requestTimeoutMs` |
 *  | transfers | trajectory batches, which nothing else has to wait behind | as requests |
 *  | blocking | waiting for a turn | waits for ever |
 *  | subscriber | wake-ups | waits for ever, subscribes again |
 *
 *  All but the first connect when they are first used: an API process never takes a task. */
export class Connections {
  readonly requests: Redis;
  readonly transfers: Transfers;
  readonly blocking: Redis;
  readonly subscriber: Redis;
  readonly #settings: RedisBrokerSettings;

  constructor(settings: RedisBrokerSettings, logger: Logger) {
    this.#settings = settings;
    const common = {
      lazyConnect: true,
      connectTimeout: settings.connectTimeoutMs,
      keepAlive: 5000,
      retryStrategy: (times: number): number => Math.min(50 * times, 1000),
    } satisfies RedisOptions;
    const connect = (purpose: string, options: Omit<RedisOptions, 'replyMapping'>): Redis => {
      const redis = new Redis(settings.url, { ...common, ...options, connectionName: `${settings.prefix}-${purpose}` });
      watch(redis, purpose, logger);
      return redis;
    };
    // When nothing comes back for so long, the other end is gone, whatever the socket believes.
    const prompt = {
      commandTimeout: settings.requestTimeoutMs,
      socketTimeout: 2 * settings.requestTimeoutMs,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
    };
    this.requests = connect('requests', prompt);
    gatherWrites(this.requests);
    this.transfers = new Transfers(
      (options) => connect('transfers', { ...prompt, ...options }),
      settings.url.startsWith('rediss:'),
    );
    const patient = { maxRetriesPerRequest: null, socketTimeout: 2 * BLOCK_SECONDS * 1000 };
    this.blocking = connect('blocking', patient);
    gatherWrites(this.blocking);
    this.subscriber = connect('subscriber', patient);
  }

  /** Rejects with BROKER_UNAVAILABLE when Redis cannot be reached within `connectTimeoutMs`, and with BROKER_REDIS_UNSUITABLE when
   *  it refuses access. */
  async open(): Promise<void> {
    const { connectTimeoutMs } = this.#settings;
    const reached = await new Promise<MarlinError | null>((resolve) => {
      let cause: unknown;
      const timer = setTimeout(() => resolve(unreachable(this.#settings, cause)), connectTimeoutMs);
      const settle = (outcome: MarlinError | null): void => {
        clearTimeout(timer);
        this.requests.off('error', note);
        resolve(outcome);
      };
      const note = (error: unknown): void => {
        cause = error;
        const known = fromRedisError(error);
        if (!known.retryable) settle(known);
      };
      this.requests.on('error', note);
      this.requests.once('ready', () => settle(null));
      // It goes on trying by itself; what counts is whether it is ready in time.
      this.requests.connect().catch(note);
    });
    if (reached === null) return;
    this.disconnect();
    throw reached;
  }

  disconnect(): void {
    for (const redis of [this.blocking, this.subscriber, this.transfers.redis, this.requests]) redis.disconnect();
  }

  /** Lets requests that are on their way be answered, as far as Redis answers at all. */
  async close(): Promise<void> {
    this.blocking.disconnect();
    this.subscriber.disconnect();
    for (const redis of [this.transfers.redis, this.requests]) {
      if (redis.status !== 'wait') await redis.quit().catch(() => {});
      redis.disconnect();
    }
  }
}

/** Without a listener a lost connection is an uncaught exception; one message per outage is enough. */
function watch(redis: Redis, purpose: string, logger: Logger): void {
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) logger.warn({ connection: purpose, error: error.message }, 'Redis cannot be reached; trying again');
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.info({ connection: purpose }, 'Redis is back');
    away = false;
  });
}

function unreachable({ url, connectTimeoutMs }: RedisBrokerSettings, cause: unknown): MarlinError {
  const where = url.replace(/\/\/[^@/]*@/, '//');
  return brokerError(
    'BROKER_UNAVAILABLE',
    `No Redis answers at ${where} within ${connectTimeoutMs} ms: check that it runs and can be reached.`,
    { cause },
  );
}
