import type { SerializedError } from '../base/index.js';
import type { JobDescription, Work, WorkKind } from './workbench.js';

/** Requests to a worker thread. Bytes are views on shared memory: nothing is copied on the way. */
export type ToWorker =
  | { readonly type: 'open'; readonly id: number; readonly job: JobDescription }
  | {
      readonly type: 'run';
      readonly id: number;
      readonly jobId: string;
      readonly kind: WorkKind;
      readonly request: Work[WorkKind]['request'];
    }
  | { readonly type: 'close'; readonly id: number; readonly jobId: string };

/** The answer to the request with the same id. */
export type FromWorker =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SerializedError };
