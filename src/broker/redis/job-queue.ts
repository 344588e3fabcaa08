import type { Queue } from 'bullmq';
import type { JobLease } from '../port.js';
import type { Access } from './access.js';
import type { Leases } from './leases.js';
import type { Held, Queues } from './queues.js';

/** A submission that has not reached the queue after so long is put there by whoever waits for jobs. */
const OUTBOX_GRACE_MS = 2000;

/** The fleet's queue of jobs, on BullMQ. An element is one turn of a job: from becoming queued until its lease is completed. The
 *  job's record names its newest turn, so older ones are dropped when they come up.
 *
 *  Record and queue lie in different slots of a cluster, so no script can write both. A job is therefore noted in the outbox first,
 *  then its record is written, then the turn is queued, then the note is deleted; of whatever a process that dies leaves
 *  undone, the outbox knows. */
export class JobQueue {
  readonly #access: Access;
  readonly #leases: Leases;
  readonly #queue: Queue;
  #lookedAfterMs = Number.NEGATIVE_INFINITY;

  constructor(access: Access, queues: Queues, leases: Leases) {
    this.#access = access;
    this.#leases = leases;
    this.#queue = queues.queue(access.keys.fleet, 'jobs', true);
  }

  async announce(jobId: string): Promise<void> {
    const { redis, keys, clock } = this.#access;
    await redis.zadd(keys.ofFleet('outbox'), clock.now(), jobId);
  }

  /** Forgets the announcement of a job that is not queued after all. */
  async withdraw(jobId: string): Promise<void> {
    const { redis, keys } = this.#access;
    await redis.zrem(keys.ofFleet('outbox'), jobId);
  }

  async enqueue(jobId: string, revision: string): Promise<void> {
    const { redis, keys } = this.#access;
    await this.#add(jobId, `${jobId}-${revision}`);
    await Promise.all([redis.zrem(keys.ofFleet('outbox'), jobId), redis.publish(keys.ofFleet('wake'), 'j')]);
  }

  take(signal: AbortSignal): Promise<JobLease> {
    const { keys, waking } = this.#access;
    return waking.until(keys.ofFleet('wake'), 'j', signal, () =>
      this.#access.call(async () => {
        await this.#lookAfter();
        const held = await this.#next();
        if (held === undefined) return undefined;
        if (!signal.aborted) return this.#lease(held);
        // Taken for someone who went in the meantime.
        await this.#leases.giveBack(held);
        await this.#access.redis.publish(keys.ofFleet('wake'), 'j');
        throw signal.reason;
      }),
    );
  }

  async #next(): Promise<Held | undefined> {
    for (;;) {
      const { held } = await this.#leases.take(this.#queue);
      if (held === undefined) return undefined;
      let wanted: boolean;
      try {
        wanted = await this.#isWanted(held);
      } catch (error) {
        // Held by nobody, it would be renewed for as long as this process lives.
        await this.#leases.giveBack(held);
        throw error;
      }
      if (wanted) return held;
      await this.#leases.discard(held);
    }
  }

  /** Queued; or running, where its former holder is gone. */
  async #isWanted({ job, id }: Held): Promise<boolean> {
    const { redis, keys } = this.#access;
    const [state, turn] = await redis.hmget(keys.of(jobIdOf(job), 'record'), 'state', 'turn');
    return turn === id && (state === 'queued' || (state === 'running' && job.attemptsStarted > 1));
  }

  #lease(held: Held): JobLease {
    const settle = this.#leases.settler(held);
    const { redis, keys } = this.#access;
    return {
      jobId: jobIdOf(held.job),
      attempt: held.job.attemptsStarted - 1,
      complete: () => settle(() => this.#leases.remove(held)),
      release: () =>
        settle(async () => {
          await this.#leases.putBack(held);
          await redis.publish(keys.ofFleet('wake'), 'j');
        }),
    };
  }

  /** Puts jobs of learners that died back, and those into the queue that did not get there. */
  async #lookAfter(): Promise<void> {
    const { redis, keys, clock, settings } = this.#access;
    const now = clock.monotonic();
    if (now - this.#lookedAfterMs < settings.checkMs * 0.75) return;
    this.#lookedAfterMs = now;
    await this.#queue.getBackend().moveStalledJobsToWait();
    const left = await redis.zrangebyscore(keys.ofFleet('outbox'), 0, clock.now() - OUTBOX_GRACE_MS);
    for (const jobId of left) {
      const [state, turn] = await redis.hmget(keys.of(jobId, 'record'), 'state', 'turn');
      if (state === 'queued' && turn) await this.#add(jobId, turn);
      await this.withdraw(jobId);
    }
  }

  async #add(jobId: string, turn: string): Promise<void> {
    await this.#queue.add(
      'job',
      { jobId },
      { jobId: turn, removeOnComplete: true, removeOnFail: true, stackTraceLimit: 0 },
    );
  }
}

const jobIdOf = (job: Held['job']): string => (job.data as { readonly jobId: string }).jobId;
