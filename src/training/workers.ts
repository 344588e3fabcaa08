import type { Clock } from '../base/index.js';
import { type JobDescription, type Work, Workbench, type WorkKind } from './workbench.js';

/** Threads (or this thread) that do numeric work. */
export interface Workers {
  /** Threads; 0 if the work is done in the calling thread. */
  readonly size: number;
  /** Requests wait in order for a free thread. Rejects with the error that the work threw. */
  run<K extends WorkKind>(jobId: string, kind: K, request: Work[K]['request']): Promise<Work[K]['result']>;
  open(job: JobDescription): Promise<void>;
  closeJob(jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** Does the work in the calling thread, one request at a time: slow to answer, but a debugger sees all. */
export class InlineWorkers implements Workers {
  readonly size = 0;
  private readonly bench: Workbench;

  constructor(clock: Clock) {
    this.bench = new Workbench(clock);
  }

  async run<K extends WorkKind>(jobId: string, kind: K, request: Work[K]['request']): Promise<Work[K]['result']> {
    // Signals and timers get their turn between two pieces of work.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return this.bench.run(jobId, kind, request);
  }

  open(job: JobDescription): Promise<void> {
    return this.bench.open(job);
  }

  async closeJob(jobId: string): Promise<void> {
    this.bench.close(jobId);
  }

  async close(): Promise<void> {
    this.bench.closeAll();
  }
}
