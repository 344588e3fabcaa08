import type { JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RolloutTask } from '../port.js';
import type { Access } from './access.js';
import type { Queues } from './queues.js';
import { FORGET_TURNS, GIVE_TURNS, TIDY } from './task-scripts.js';

/** Name of a job's queue. */
export const TASKS = 'tasks';
/** A job without tasks is looked after for that long. */
const IDLE_SECONDS = 60;
/** Handles of queues kept; they hold no state. One takes 6 kB, and 20 µs to make. */
const HANDLES = 32;
/** BullMQ's scores of delayed elements are milliseconds times this. */
const DELAYED_SCALE = 0x1000;

/** Times that a queue is paused anew while it is removed. */
const REMOVE_ATTEMPTS = 5;

/** A queue of tasks per job, and whose turn it is among the jobs.
 *
 *  Fairness is by construction: `turns` holds each job with tasks once, in the order of their turns. Whoever wants a task pops
 *  the first job, takes one task of its queue and, if more are left, puts the job behind the others. So between two tasks of a job
 *  every other job that has tasks is served once, by whichever actors, and a job with a thousand tasks delays the others by one.
 *  A turn says "look into this queue" and nothing more: one too many costs a look, and one that is lost with an actor between pop
 *  and put is given again by the next sweep. */
export class TaskQueues {
  readonly #access: Access;
  readonly #queues: Queues;
  readonly #known = new Map<string, Queue>();

  constructor(access: Access, queues: Queues) {
    this.#access = access;
    this.#queues = queues;
  }

  of(jobId: string): Queue {
    let queue = this.#known.get(jobId);
    if (queue === undefined) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined && this.#known.size >= HANDLES) this.#known.delete(oldest);
      queue = this.#queues.queue(this.#access.keys.job(jobId), TASKS);
      this.#known.set(jobId, queue);
    }
    return queue;
  }

  /** Issues a task, unless it waits or is out. Sent before it returns, as `Queues.add`. */
  add({ jobId, ...task }: RolloutTask, options: Omit<JobsOptions, 'jobId'>): Promise<string> {
    const { shard, k, version, epoch, newest } = task;
    const data = { shard, k, version, epoch, ...(newest && { newest }) };
    return this.#queues.add(this.of(jobId), 'rollout', data, { ...options, jobId: TaskQueues.id(task) });
  }

  /** The job whose queue it is: the hash tag of its prefix. */
  static jobIdOf(queue: Queue): string {
    return /\{(.*)\}$/.exec(queue.opts.prefix ?? '')?.[1] ?? '';
  }

  static id(task: Omit<RolloutTask, 'jobId'>): string {
    return `${task.shard}-${task.k}-${task.epoch}`;
  }

  static epochOf(id: string): number {
    return Number(id.slice(id.lastIndexOf('-') + 1));
  }

  async giveTurns(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length === 0) return;
    const { redis, keys } = this.#access;
    await GIVE_TURNS.run(redis, [keys.ofFleet('turns'), keys.ofFleet('serving')], jobIds);
  }

  /** Waits for a turn on a connection that may wait, gives back the one that was served before on the same way, and gives the job whose
   *  turn it is; null where none came within `seconds`. */
  async nextTurn(blocking: Redis, seconds: number, served?: string): Promise<string | null> {
    const { keys } = this.#access;
    if (served !== undefined) {
      const names = [keys.ofFleet('turns'), keys.ofFleet('serving')];
      GIVE_TURNS.runKnown(blocking, names, [served]).catch(() => this.giveTurns([served]).catch(() => {}));
    }
    const turn = await blocking.bzpopmin(keys.ofFleet('turns'), seconds);
    return turn === null ? null : turn[1];
  }

  /** Puts tasks of actors that died back, and gives turns to jobs that lack one. One broker of the fleet does it at a time. */
  async sweep(): Promise<void> {
    const { redis, keys, settings } = this.#access;
    const period = Math.max(1, Math.floor(settings.checkMs * 0.75));
    if ((await redis.set(keys.ofFleet('sweep'), 1, 'PX', period, 'NX')) === null) return;
    const serving = await redis.zrange(keys.ofFleet('serving'), 0, '-1');
    const due: string[] = [];
    for (const jobId of serving) {
      const backend = this.of(jobId).getBackend();
      const names = backend.keys;
      await backend.moveStalledJobsToWait();
      const [waiting, delayed, active, ready] = await Promise.all([
        redis.llen(names.wait!),
        redis.zcard(names.delayed!),
        redis.llen(names.active!),
        redis.zcount(names.delayed!, 0, (this.#access.clock.now() + 1) * DELAYED_SCALE),
      ]);
      if (waiting > 0 || ready > 0) due.push(jobId);
      else if (active === 0 && delayed === 0) await this.#forget(jobId, IDLE_SECONDS);
    }
    if (due.length > 0) await this.giveTurns(due);
  }

  /** Job id → tasks that are not out, of jobs that have any. */
  async backlog(): Promise<ReadonlyMap<string, number>> {
    const { redis, keys } = this.#access;
    const serving = await redis.zrange(keys.ofFleet('serving'), 0, '-1');
    const counts = await Promise.all(
      serving.map(async (jobId) => {
        const names = this.of(jobId).getBackend().keys;
        const parts = [redis.llen(names.wait!), redis.zcard(names.prioritized!), redis.zcard(names.delayed!)];
        return (await Promise.all(parts)).reduce((sum, count) => sum + count, 0);
      }),
    );
    return new Map(serving.map((jobId, i) => [jobId, counts[i]!] as const).filter(([, count]) => count > 0));
  }

  /** Deletes everything of a job's queue. BullMQ pauses it first, and another process that tidies an empty queue at that moment
   *  takes the pause away: then it is paused again. */
  async remove(jobId: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.of(jobId).obliterate({ force: true });
        break;
      } catch (error) {
        const unpaused = error instanceof Error && error.message.includes('non-paused');
        if (!unpaused || attempt === REMOVE_ATTEMPTS) throw error;
      }
    }
    await this.#forget(jobId, 0);
  }

  async #forget(jobId: string, seconds: number): Promise<void> {
    const { redis, keys } = this.#access;
    const forgotten = await FORGET_TURNS.run(redis, [keys.ofFleet('turns'), keys.ofFleet('serving')], [jobId, seconds]);
    if (forgotten === 1) await this.tidy(jobId);
  }

  /** Leaves nothing of a queue that is empty. */
  async tidy(jobId: string): Promise<void> {
    const { redis, keys } = this.#access;
    const prefix = `${keys.of(jobId, TASKS)}:`;
    const parts = [
      'wait',
      'active',
      'delayed',
      'prioritized',
      'meta',
      'id',
      'events',
      'marker',
      'stalled',
      'pc',
      'stalled-check',
    ];
    const tidied = await TIDY.run(
      redis,
      parts.map((part) => prefix + part),
      [],
    );
    if (tidied === 1) this.#known.delete(jobId);
  }
}
