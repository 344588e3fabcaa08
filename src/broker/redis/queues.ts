import {
  Job,
  type JobJson,
  type JobsOptions,
  Queue,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  type WorkerOptions,
} from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../../base/index.js';
import type { RedisBrokerSettings } from './options.js';

/** BullMQ keeps a stream of what happened to each queue, which nobody reads here. */
export const EVENTS_KEPT = 0;

/** An element of a queue that this process holds. */
export interface Held {
  readonly job: Job;
  readonly id: string;
  readonly queue: Queue;
  /** Proves to Redis that the lease is ours. */
  readonly token: string;
}

/** BullMQ's queues over one connection of ours, which they share and never close. BullMQ brings what makes a queue safe: an
 *  element is moved from waiting to active, locked, in one script; a lock that runs out puts it back; a retry waits for its time.
 *  Its workers are not used, because a lease here outlives the call that took it, and because each would open a connection. */
export class Queues {
  readonly #redis: Redis;
  readonly #backend: RedisQueueBackend;
  readonly #options: WorkerOptions;
  readonly #logger: Logger;
  /** The connection as BullMQ sees it. */
  #client!: Awaited<RedisQueueBackend['client']>;

  constructor(redis: Redis, settings: RedisBrokerSettings, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
    this.#options = {
      connection: redis,
      prefix: settings.prefix,
      lockDuration: settings.leaseMs,
      // Half of it: a check that comes a little early is not skipped.
      stalledInterval: Math.ceil(settings.checkMs / 2),
      maxStalledCount: settings.maxLost,
    };
    const keys = new QueueKeys(settings.prefix);
    const connection = new RedisConnection(redis, { shared: true, blocking: false, skipVersionCheck: true });
    this.#backend = new RedisQueueBackend(
      connection,
      'fleet',
      keys.getKeys('fleet'),
      (type) => keys.toKey('fleet', type),
      this.#options,
    );
    this.#listen(this.#backend);
  }

  async ready(): Promise<void> {
    await this.#backend.waitUntilReady();
    this.#client = await this.#backend.client;
  }

  /** Adds an element, unless one of its id is there. Sent before it returns, so that what is sent afterwards finds it: BullMQ's own way
   *  sends some promises later. */
  add(queue: Queue, name: string, data: object, options: JobsOptions & { readonly jobId: string }): Promise<string> {
    return new Job(queue as never, name, data, options, options.jobId).addJob(this.#client);
  }

  /** The queue whose keys are `<prefix>:<name>:…`. A `lasting` one is set up at once; others by whoever fills them, so that looking
   *  into the queue of a job that is gone leaves nothing. */
  queue(prefix: string, name: string, lasting = false): Queue {
    const queue = new Queue(
      name,
      {
        connection: this.#options.connection,
        prefix,
        skipMetasUpdate: !lasting,
        streams: { events: { maxLen: EVENTS_KEPT } },
      },
      () => this.#backend.forQueue(name, prefix) as RedisQueueBackend,
    );
    this.#listen(queue);
    return queue;
  }

  /** The next waiting element of a queue, leased under the token, undefined when none waits; and how many are left. */
  async next(queue: Queue, token: string): Promise<{ readonly held: Held | undefined; readonly left: number }> {
    const backend = queue.getBackend();
    const moving = backend.moveToActive(token) as Promise<[JobJson | undefined, string]>;
    // Counted behind it, on the same way: BullMQ sends its command some promises later.
    const counting = new Promise<number>((resolve, reject) => {
      process.nextTick(() => this.#redis.llen(backend.keys.wait!).then(resolve, reject));
    });
    const [[json, id], left] = await Promise.all([moving, counting]);
    return { held: json && { job: Job.fromJSON(queue as never, json, id), id, queue, token }, left };
  }

  #listen(emitter: { on(event: 'error', listener: (error: Error) => void): unknown }): void {
    emitter.on('error', (error) => this.#logger.debug({ error: error.message }, 'BullMQ reports an error'));
  }
}
