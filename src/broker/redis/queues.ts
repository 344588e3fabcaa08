import { Job, type JobJson, Queue, QueueKeys, RedisConnection, RedisQueueBackend, type WorkerOptions } from 'bullmq';
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
  readonly #backend: RedisQueueBackend;
  readonly #options: WorkerOptions;
  readonly #logger: Logger;

  constructor(redis: Redis, settings: RedisBrokerSettings, logger: Logger) {
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

  ready(): Promise<void> {
    return this.#backend.waitUntilReady();
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

  /** The next waiting element of a queue, leased under the token; undefined when none waits. */
  async next(queue: Queue, token: string): Promise<Held | undefined> {
    const [json, id] = (await queue.getBackend().moveToActive(token)) as [JobJson | undefined, string];
    if (!json) return undefined;
    return { job: Job.fromJSON(queue as never, json, id), id, queue, token };
  }

  #listen(emitter: { on(event: 'error', listener: (error: Error) => void): unknown }): void {
    emitter.on('error', (error) => this.#logger.debug({ error: error.message }, 'BullMQ reports an error'));
  }
}
