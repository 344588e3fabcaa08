import { Worker } from 'node:worker_threads';
import { deserializeError, type MarlinError, packageFile } from '../base/index.js';
import { trainingError } from './errors.js';
import type { FromWorker, ToWorker } from './thread-messages.js';
import type { JobDescription, Work, WorkKind } from './workbench.js';
import type { Workers } from './workers.js';

/** How often a request is tried when the thread that had it dies. All work is a pure function of its request. */
const ATTEMPTS = 3;

interface Request {
  readonly jobId: string;
  readonly kind: WorkKind;
  readonly request: Work[WorkKind]['request'];
  attempts: number;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A fixed number of worker threads that take requests in order. A thread that dies is replaced and its request done again. */
export class ThreadPool implements Workers {
  readonly size: number;
  private readonly jobs = new Map<string, JobDescription>();
  private readonly threads: Thread[] = [];
  private readonly waiting: Request[] = [];
  private closed = false;
  /** Deaths since a thread last did work: threads that cannot even start must not be started for ever. */
  private deaths = 0;
  private broken: MarlinError | null = null;

  constructor(size: number) {
    this.size = size;
    for (let i = 0; i < size; i++) this.threads.push(this.spawn());
  }

  /** Threads at work. */
  get busy(): number {
    return this.threads.filter((thread) => thread.busy).length;
  }

  async open(job: JobDescription): Promise<void> {
    this.jobs.set(job.jobId, job);
    await Promise.all(this.threads.map((_, slot) => this.openIn(slot, job)));
  }

  run<K extends WorkKind>(jobId: string, kind: K, request: Work[K]['request']): Promise<Work[K]['result']> {
    return new Promise((resolve, reject) => {
      if (this.broken !== null) return reject(this.broken);
      this.waiting.push({ jobId, kind, request, attempts: 0, resolve, reject });
      this.dispatch();
    });
  }

  async closeJob(jobId: string): Promise<void> {
    this.jobs.delete(jobId);
    await Promise.all(
      this.threads.map(async (thread) => {
        try {
          await thread.send({ type: 'close', id: 0, jobId });
        } catch (error) {
          // What a thread held went with it, and the one that takes its place never heard of the job.
          if (thread.alive) throw error;
        }
      }),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    const gone = trainingError('WORKER_DIED', 'the worker threads were closed');
    for (const request of this.waiting.splice(0)) request.reject(gone);
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }

  /** Opens a job in the thread of a slot, or in the one that takes its place when it dies of it. */
  private async openIn(slot: number, job: JobDescription): Promise<void> {
    for (;;) {
      const thread = this.threads[slot]!;
      try {
        return await thread.open(job);
      } catch (error) {
        // One that died was replaced before this is reached, unless there are to be no more.
        if (thread.alive || this.threads[slot] === thread) throw error;
      }
    }
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const thread = this.threads.find((candidate) => !candidate.busy);
      if (thread === undefined) return;
      void this.serve(thread, this.waiting.shift()!);
    }
  }

  private async serve(thread: Thread, work: Request): Promise<void> {
    const { jobId, kind, request } = work;
    thread.busy = true;
    work.attempts++;
    try {
      work.resolve((await thread.send({ type: 'run', id: 0, jobId, kind, request })) as never);
      this.deaths = 0;
    } catch (error) {
      if (thread.alive || work.attempts >= ATTEMPTS || this.closed) work.reject(error);
      else if (this.broken !== null) work.reject(this.broken);
      else this.waiting.unshift(work);
    } finally {
      thread.busy = false;
      if (!this.closed) this.dispatch();
    }
  }

  private spawn(): Thread {
    const thread = new Thread((error) => this.replace(thread, error));
    return thread;
  }

  private replace(dead: Thread, error: MarlinError): void {
    if (this.closed) return;
    if (++this.deaths > ATTEMPTS * this.size) {
      this.broken = error;
      for (const request of this.waiting.splice(0)) request.reject(error);
      return;
    }
    const fresh = this.spawn();
    this.threads[this.threads.indexOf(dead)] = fresh;
    // Messages of one thread are handled in order of arrival, but opening is asynchronous: the thread counts as busy until then.
    fresh.busy = true;
    const opened = [...this.jobs.values()].map((job) => fresh.open(job));
    void Promise.allSettled(opened).then(() => {
      fresh.busy = false;
      if (!this.closed) this.dispatch();
    });
  }
}

/** One worker thread and its unanswered requests. */
class Thread {
  alive = true;
  busy = false;
  private readonly worker: Worker;
  private readonly pending = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: unknown) => void }
  >();
  private readonly opening = new Map<string, Promise<void>>();
  private nextId = 1;

  constructor(onDeath: (error: MarlinError) => void) {
    this.worker = new Worker(packageFile('dist/src/training/worker.js'));
    let cause: unknown;
    this.worker.on('message', (message: FromWorker) => this.answer(message));
    this.worker.on('error', (error) => {
      cause = error;
    });
    this.worker.on('exit', (code) => {
      this.alive = false;
      const error = trainingError('WORKER_DIED', `a worker thread ended with code ${code}${describe(cause)}`, {
        cause,
      });
      for (const { reject } of this.pending.values()) reject(error);
      this.pending.clear();
      onDeath(error);
    });
  }

  /** Opens a job; whoever asks while it is being opened waits for the same. */
  open(job: JobDescription): Promise<void> {
    const known = this.opening.get(job.jobId);
    if (known !== undefined) return known;
    const opening = this.send({ type: 'open', id: 0, job })
      .then(() => {})
      .finally(() => this.opening.delete(job.jobId));
    this.opening.set(job.jobId, opening);
    return opening;
  }

  send(message: ToWorker): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return reject(trainingError('WORKER_DIED', 'the worker thread has ended'));
      const id = this.nextId++;
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ ...message, id });
    });
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private answer(message: FromWorker): void {
    const request = this.pending.get(message.id);
    if (request === undefined) return;
    this.pending.delete(message.id);
    if ('error' in message) request.reject(deserializeError(message.error) satisfies MarlinError);
    else request.resolve(message.result);
  }
}

const describe = (cause: unknown): string => (cause instanceof Error ? `: ${cause.message}` : '');
