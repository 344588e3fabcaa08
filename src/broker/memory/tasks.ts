import type { RolloutTask, RolloutTasks, TaskFailure, TaskLease } from '../port.js';
import { jobRemoved } from '../refusals.js';
import { assertJobId, assertTask } from '../validate.js';
import { firstWaiter, type Waiter, type Waiting } from '../waiting.js';
import { Fifo } from './fifo.js';

interface TaskEntry {
  readonly key: string;
  readonly task: RolloutTask;
  /** How often it was handed out. */
  handedOut: number;
  failures: number;
  /** Taken back while it was out: its failure concerns nobody. Issuing it again clears this. */
  withdrawn: boolean;
}

interface ReportedFailure {
  readonly task: RolloutTask;
  readonly failure: TaskFailure;
}

interface JobTasks {
  readonly waiting: Fifo<TaskEntry>;
  /** Waiting and out, by shard, k and epoch. */
  readonly known: Map<string, TaskEntry>;
  failures: ReportedFailure[];
  readonly failureWaiters: Set<Waiter<ReportedFailure>>;
}

/** Rollout tasks of any number of jobs. A job has a queue of its own, and `ready` holds the jobs with waiting tasks in the order
 *  of their turns: a job goes to the end when it was served, so one with a thousand tasks delays the others by one task. */
export class MemoryTasks implements RolloutTasks {
  readonly #jobs = new Map<string, JobTasks>();
  readonly #ready = new Map<string, JobTasks>();
  readonly #takers = new Set<Waiter<TaskLease>>();
  readonly #waiting: Waiting;
  readonly #maxAttempts: number;
  readonly #epochOf: (jobId: string) => number;

  constructor(maxAttempts: number, waiting: Waiting, epochOf: (jobId: string) => number) {
    this.#maxAttempts = maxAttempts;
    this.#waiting = waiting;
    this.#epochOf = epochOf;
  }

  async issue(tasks: readonly RolloutTask[]): Promise<void> {
    this.#waiting.assertOpen();
    for (const task of tasks) assertTask(task);
    for (const task of tasks) {
      const job = this.#job(task.jobId);
      const key = `${task.shard}/${task.k}/${task.epoch}`;
      const known = job.known.get(key);
      if (known !== undefined) {
        known.withdrawn = false;
        continue;
      }
      const entry: TaskEntry = { key, task: { ...task }, handedOut: 0, failures: 0, withdrawn: false };
      job.known.set(key, entry);
      job.waiting.push(entry);
      this.#ready.set(task.jobId, job);
    }
    this.#serve();
  }

  async take(signal: AbortSignal): Promise<TaskLease> {
    this.#waiting.assertOpen();
    const taken = this.#waiting.wait(this.#takers, signal);
    this.#serve();
    return taken;
  }

  async withdraw(jobId: string, epoch = Infinity): Promise<void> {
    this.#waiting.assertOpen();
    const job = this.#jobs.get(jobId);
    if (job === undefined) return;
    for (let left = job.waiting.size; left > 0; left--) {
      const entry = job.waiting.shift()!;
      if (entry.task.epoch > epoch) job.waiting.push(entry);
      else job.known.delete(entry.key);
    }
    if (job.waiting.size === 0) this.#ready.delete(jobId);
    for (const entry of job.known.values()) if (entry.task.epoch <= epoch) entry.withdrawn = true;
    job.failures = job.failures.filter(({ task }) => task.epoch > epoch);
    this.#forgetIfIdle(jobId, job);
  }

  async backlog(): Promise<ReadonlyMap<string, number>> {
    this.#waiting.assertOpen();
    return new Map(Array.from(this.#ready, ([jobId, { waiting }]) => [jobId, waiting.size]));
  }

  async failure(jobId: string, signal: AbortSignal): Promise<ReportedFailure> {
    this.#waiting.assertOpen();
    assertJobId(jobId);
    if (signal.aborted) throw signal.reason;
    const job = this.#job(jobId);
    const epoch = this.#epochOf(jobId);
    for (let reported = job.failures.shift(); reported !== undefined; reported = job.failures.shift()) {
      if (reported.task.epoch >= epoch) {
        this.#forgetIfIdle(jobId, job);
        return reported;
      }
    }
    try {
      return await this.#waiting.wait(job.failureWaiters, signal);
    } finally {
      this.#forgetIfIdle(jobId, job);
    }
  }

  /** Withdraws the job's tasks, and rejects who waits for its failures with BROKER_JOB_UNKNOWN. */
  forget(jobId: string): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return;
    this.#ready.delete(jobId);
    this.#jobs.delete(jobId);
    for (const entry of job.known.values()) entry.withdrawn = true;
    for (const waiter of [...job.failureWaiters]) {
      waiter.reject(jobRemoved(jobId));
    }
  }

  #job(jobId: string): JobTasks {
    let job = this.#jobs.get(jobId);
    if (job === undefined) {
      job = { waiting: new Fifo(), known: new Map(), failures: [], failureWaiters: new Set() };
      this.#jobs.set(jobId, job);
    }
    return job;
  }

  /** A job that nobody waits for and that has no tasks leaves nothing behind. */
  #forgetIfIdle(jobId: string, job: JobTasks): void {
    if (job.known.size > 0 || job.failures.length > 0 || job.failureWaiters.size > 0) return;
    if (this.#jobs.get(jobId) === job) this.#jobs.delete(jobId);
  }

  /** Hands waiting tasks to waiting takers while there are both. */
  #serve(): void {
    for (const [jobId, job] of this.#ready) {
      const taker = firstWaiter(this.#takers);
      if (taker === undefined) return;
      const entry = job.waiting.shift();
      this.#ready.delete(jobId);
      // Set again behind the others: a Map is walked in insertion order, so this loop comes back to it in its next turn.
      if (job.waiting.size > 0) this.#ready.set(jobId, job);
      if (entry !== undefined) taker.resolve(this.#lease(job, entry));
    }
  }

  #lease(job: JobTasks, entry: TaskEntry): TaskLease {
    const attempt = entry.handedOut++;
    let settled = false;
    const settle = (effect: () => void): void => {
      this.#waiting.assertOpen();
      if (settled) return;
      settled = true;
      effect();
    };
    return {
      task: entry.task,
      attempt,
      complete: async () => settle(() => this.#drop(job, entry)),
      fail: async (failure) => settle(() => this.#fail(job, entry, failure)),
      release: async () => settle(() => this.#release(job, entry)),
    };
  }

  #drop(job: JobTasks, entry: TaskEntry): void {
    job.known.delete(entry.key);
    this.#forgetIfIdle(entry.task.jobId, job);
  }

  #fail(job: JobTasks, entry: TaskEntry, failure: TaskFailure): void {
    const { jobId, epoch } = entry.task;
    if (entry.withdrawn || epoch < this.#epochOf(jobId)) {
      this.#drop(job, entry);
      return;
    }
    entry.failures++;
    if (failure.retryable && entry.failures < this.#maxAttempts) {
      this.#putBack(job, entry);
      return;
    }
    const reported = {
      task: entry.task,
      failure: { ...failure, data: { ...failure.data, attempts: entry.failures } },
    };
    const waiter = firstWaiter(job.failureWaiters);
    if (waiter === undefined) job.failures.push(reported);
    else waiter.resolve(reported);
    this.#drop(job, entry);
  }

  #release(job: JobTasks, entry: TaskEntry): void {
    if (entry.withdrawn) this.#drop(job, entry);
    else this.#putBack(job, entry);
  }

  /** In front: it was issued before those that wait, and its learner needs it first. */
  #putBack(job: JobTasks, entry: TaskEntry): void {
    job.waiting.unshift(entry);
    this.#ready.set(entry.task.jobId, job);
    this.#serve();
  }
}
