import type { Redis } from 'ioredis';
import { firstWaiter, type Waiter } from '../waiting.js';
import type { Access } from './access.js';
import { BLOCK_SECONDS } from './connections.js';
import type { Leases } from './leases.js';
import type { Held } from './queues.js';
import { fromRedisError } from './redis-errors.js';
import type { TaskQueues } from './task-queues.js';

/** After an error that will pass. */
const PAUSE_MS = 200;

/** Takes tasks for those who wait for one, as long as anybody does: one loop per process, on the blocking connection, so that an
 *  issued task wakes one actor and not all of them. */
export class TaskTaking {
  readonly #access: Access;
  readonly #blocking: Redis;
  readonly #queues: TaskQueues;
  readonly #leases: Leases;
  readonly #takers = new Set<Waiter<Held>>();
  #running = false;
  #serving: Promise<unknown> | null = null;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(access: Access, blocking: Redis, queues: TaskQueues, leases: Leases) {
    this.#access = access;
    this.#blocking = blocking;
    this.#queues = queues;
    this.#leases = leases;
  }

  take(signal: AbortSignal): Promise<Held> {
    const taken = this.#access.waiting.wait(this.#takers, signal);
    void this.#run();
    // From now on this process is an actor's, and does its part in looking after those that die.
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#access.settings.checkMs);
    return taken;
  }

  /** What is being taken is taken then, so that it can be given back. A wait for a turn is left alone: a connection that is broken
   *  off while it reconnects never ends it. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#serving?.catch(() => {});
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    await this.#loop();
    this.#running = false;
  }

  async #loop(): Promise<void> {
    const { waiting, logger } = this.#access;
    /** A job whose turn goes back with the wait for the next one. */
    let served: string | undefined;
    while (this.#takers.size > 0 && !waiting.closed) {
      try {
        const turn = this.#queues.nextTurn(this.#blocking, BLOCK_SECONDS, served);
        served = undefined;
        const jobId = await turn;
        if (jobId === null) continue;
        const serving = this.#serve(jobId);
        this.#serving = serving;
        if (await serving) served = jobId;
      } catch (error) {
        if (waiting.closed) return;
        const known = fromRedisError(error);
        if (!known.retryable) {
          for (const taker of [...this.#takers]) taker.reject(known);
          return;
        }
        logger.debug({ error: known.message }, 'no task could be taken');
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Takes a task of the job for whoever waits. Tells whether the turn is to be given back: a job of which no task is left gets one with
   *  the next that is issued. */
  async #serve(jobId: string): Promise<boolean> {
    if (this.#takers.size === 0) {
      await this.#queues.giveTurns([jobId]);
      return false;
    }
    const { held, left } = await this.#leases.take(this.#queues.of(jobId));
    if (held === undefined) return false;
    const taker = firstWaiter(this.#takers);
    if (taker !== undefined) taker.resolve(held);
    else await this.#leases.giveBack(held);
    if (taker !== undefined && left === 0) return false;
    // Whoever got the task may want another one.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#takers.size > 0 && !this.#access.waiting.closed) return true;
    await this.#queues.giveTurns([jobId]);
    return false;
  }

  #sweep(): void {
    this.#queues.sweep().catch((error: unknown) => {
      this.#access.logger.debug({ error: String(error) }, 'lost tasks could not be looked for');
    });
  }
}
