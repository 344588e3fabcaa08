import { Worker } from 'node:worker_threads';
import { packageFile } from '../base/index.js';
import type { ThreadOptions } from './messages.js';

/** Makes a thread that runs worker.ts. */
export type CreateThread = (options: ThreadOptions) => Worker;

export const createServingThread: CreateThread = (workerData) =>
  new Worker(packageFile('dist/src/serving/worker.js'), { workerData });
