import type { RolloutTask, RolloutTasks, TaskFailure, TaskLease } from '../port.js';
import { assertJobId, assertTask } from '../validate.js';
import type { Access } from './access.js';
import type { Leases } from './leases.js';
import { EVENTS_KEPT, type Held } from './queues.js';
import { fromRedisError } from './redis-errors.js';
import { TaskQueues } from './task-queues.js';
import { WANT, WITHDRAW } from './task-scripts.js';
import type { TaskTaking } from './task-taking.js';

interface ReportedFailure {
  readonly task: RolloutTask;
  readonly failure: TaskFailure;
}

/** Rollout tasks on BullMQ: an element is the task's numbers, its id says which task it is, so that one that waits or is out is not
 *  doubled, and it is gone when it is done. */
export class RedisTasks implements RolloutTasks {
  readonly #access: Access;
  readonly #queues: TaskQueues;
  readonly #leases: Leases;
  readonly #taking: TaskTaking;
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(access: Access, queues: TaskQueues, leases: Leases, taking: TaskTaking) {
    this.#access = access;
    this.#queues = queues;
    this.#leases = leases;
    this.#taking = taking;
  }

  async issue(tasks: readonly RolloutTask[]): Promise<void> {
    this.#access.waiting.assertOpen();
    for (const task of tasks) assertTask(task);
    const jobIds = [...new Set(tasks.map(({ jobId }) => jobId))];
    await this.#access.call(async () => {
      const added = jobIds.flatMap((jobId) =>
        this.#add(
          jobId,
          tasks.filter((task) => task.jobId === jobId),
        ),
      );
      // On the same way and after the tasks: whoever gets the turn finds them.
      await Promise.all([...added, this.#queues.giveTurns(jobIds)]);
    });
  }

  async take(signal: AbortSignal): Promise<TaskLease> {
    for (;;) {
      this.#access.waiting.assertOpen();
      const held = await this.#taking.take(signal);
      if (!held.job.deferredFailure) return this.#lease(held);
      await this.#reportLost(held);
    }
  }

  async withdraw(jobId: string, epoch?: number): Promise<void> {
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    const prefix = `${keys.of(jobId, 'tasks')}:`;
    await this.#access.call(async () => {
      if (epoch === undefined) await this.#queues.of(jobId).drain(true);
      else await this.#removeWaiting(jobId, epoch);
      await WITHDRAW.run(redis, [`${prefix}active`, keys.of(jobId, 'failures')], [prefix, epoch ?? '']);
      await this.#queues.tidy(jobId);
    });
  }

  async backlog(): Promise<ReadonlyMap<string, number>> {
    return this.#access.call(() => this.#queues.backlog());
  }

  async failure(jobId: string, signal: AbortSignal): Promise<ReportedFailure> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    const { keys, waking } = this.#access;
    return waking.until(keys.of(jobId, 'wake'), 'f', signal, () => this.#nextFailure(jobId));
  }

  close(): void {
    for (const timer of this.#retries) clearTimeout(timer);
  }

  /** One by one, but all are sent before it returns: to set up a pipeline takes longer. */
  #add(jobId: string, tasks: readonly RolloutTask[]): readonly Promise<unknown>[] {
    const { redis, settings, keys } = this.#access;
    const { maxAttempts, retryDelayMs } = settings;
    const prefix = `${keys.of(jobId, 'tasks')}:`;
    const options = {
      attempts: maxAttempts,
      backoff: { type: 'exponential', delay: retryDelayMs },
      removeOnComplete: true,
      removeOnFail: true,
      stackTraceLimit: 0,
    };
    const wanted = WANT.run(redis, [`${prefix}meta`], [EVENTS_KEPT, prefix, ...tasks.map(TaskQueues.id)]);
    const added = tasks.map((task) => this.#queues.add(task, options));
    return [wanted, ...added];
  }

  /** Those of an epoch and older ones. One that is taken in the meantime stays: it is marked with the others that are out. */
  async #removeWaiting(jobId: string, epoch: number): Promise<void> {
    const { redis, keys } = this.#access;
    const queue = this.#queues.of(jobId);
    const prefix = `${keys.of(jobId, 'tasks')}:`;
    const ids = await Promise.all([redis.lrange(`${prefix}wait`, 0, -1), redis.zrange(`${prefix}delayed`, 0, '-1')]);
    const old = ids.flat().filter((id) => TaskQueues.epochOf(id) <= epoch);
    await Promise.all(old.map((id) => queue.remove(id)));
  }

  #lease(held: Held): TaskLease {
    const task = taskOf(held);
    const settle = this.#leases.settler(held);
    return {
      task,
      attempt: held.job.attemptsStarted - 1,
      complete: () => settle(() => this.#leases.remove(held)),
      fail: (failure) => settle(() => this.#fail(held, task, failure)),
      release: () =>
        settle(async () => {
          if (await this.#isUnwanted(held, task)) return this.#leases.remove(held);
          await this.#leases.putBack(held);
          await this.#queues.giveTurns([task.jobId]);
        }),
    };
  }

  async #fail(held: Held, task: RolloutTask, failure: TaskFailure): Promise<void> {
    if (await this.#isUnwanted(held, task)) {
      await this.#leases.remove(held);
      return;
    }
    const attempts = held.job.attemptsMade + 1;
    if (failure.retryable && attempts < (held.job.opts.attempts ?? 1)) {
      const error = new Error(failure.message);
      await held.job.moveToFailed(error, held.token, false);
      // Withdrawn in the meantime: it must not come again.
      if (await this.#isUnwanted(held, task)) await held.job.remove();
      else this.#giveTurnAfter(task.jobId, this.#access.settings.retryDelayMs * (1 << Math.min(attempts - 1, 16)));
      return;
    }
    await this.#report(held, task, { ...failure, data: { ...failure.data, attempts } });
  }

  /** The report first: a process that dies in between leaves a task that is done again, and fails again. */
  async #report(held: Held, task: RolloutTask, failure: TaskFailure): Promise<void> {
    const { redis, keys } = this.#access;
    const report: ReportedFailure = { task, failure };
    await redis.hset(keys.of(task.jobId, 'failures'), held.id, JSON.stringify(report));
    await redis.publish(keys.of(task.jobId, 'wake'), 'f');
    await this.#leases.remove(held);
  }

  async #reportLost(held: Held): Promise<void> {
    const task = taskOf(held);
    const { maxLost } = this.#access.settings;
    const settle = this.#leases.settler(held);
    await settle(async () => {
      if (await this.#isUnwanted(held, task)) return this.#leases.remove(held);
      return this.#report(held, task, {
        code: 'BROKER_TASK_LOST',
        message: `More than ${maxLost} actors took batch ${task.k} of shard ${task.shard} and ended without an answer: see their logs.`,
        retryable: false,
        data: { attempts: held.job.attemptsStarted - 1 },
      });
    });
  }

  /** Withdrawn, or of an epoch that is over. */
  async #isUnwanted(held: Held, task: RolloutTask): Promise<boolean> {
    const { redis, keys } = this.#access;
    const [withdrawn, epoch] = await Promise.all([
      redis.hget(`${keys.of(task.jobId, 'tasks')}:${held.id}`, 'withdrawn'),
      redis.hget(keys.of(task.jobId, 'run'), 'epoch'),
    ]);
    return withdrawn !== null || task.epoch < Number(epoch ?? 0);
  }

  /** Another actor may take it before; a turn too many costs nothing, and the sweep gives it where this process ends first. */
  #giveTurnAfter(jobId: string, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.#queues.giveTurns([jobId]).catch((error: unknown) => {
        this.#access.logger.debug({ error: fromRedisError(error).message }, 'a retry waits for the next sweep');
      });
    }, delayMs + 2);
    this.#retries.add(timer);
  }

  /** Read first and deleted then, whatever the deletion says: no failure goes with a reply that got lost. */
  async #nextFailure(jobId: string): Promise<ReportedFailure | undefined> {
    const { redis, keys } = this.#access;
    const [reports, epoch] = await this.#access.call(() =>
      Promise.all([redis.hgetall(keys.of(jobId, 'failures')), redis.hget(keys.of(jobId, 'run'), 'epoch')]),
    );
    for (const [id, text] of Object.entries(reports)) {
      const report = JSON.parse(text) as ReportedFailure;
      await this.#access.call(() => redis.hdel(keys.of(jobId, 'failures'), id));
      if (report.task.epoch >= Number(epoch ?? 0)) return report;
    }
    return undefined;
  }
}

function taskOf(held: Held): RolloutTask {
  const { shard, k, version, epoch, newest } = held.job.data as Omit<RolloutTask, 'jobId'>;
  return { jobId: TaskQueues.jobIdOf(held.queue), shard, k, version, epoch, ...(newest && { newest }) };
}
