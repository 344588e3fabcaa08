import { Worker } from 'node:worker_threads';
import { deserializeError, packageFile, type SerializedError } from '../../src/base/index.js';
import type { ExportFormat, KnownFacts } from '../../src/export/index.js';

/** What is to be exported: of a checkpoint in a folder of the server's. */
export interface ExportRequest {
  readonly folder: string;
  readonly jobId: string;
  readonly iteration: number;
  readonly format: ExportFormat;
  /** Absent: all. */
  readonly policy?: string;
  readonly known: KnownFacts;
}

/** One file: a model, or a ZIP archive of several and of cards. */
export interface ExportAnswer {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** What the thread says: the answer, or why there is none. */
export type ExportMessage = ExportAnswer | { readonly error: SerializedError };

/** A checkpoint may have 2 GiB, and is read whole. */
const MEMORY_MB = 1024;

/** Exports in a thread of its own: reading and checking a large checkpoint takes longer than other requests may wait. Rejects with what
 *  reading and exporting reject with, and with the signal's reason. */
export async function exportInThread(request: ExportRequest, signal: AbortSignal): Promise<ExportAnswer> {
  signal.throwIfAborted();
  const worker = new Worker(packageFile('dist/services/api/export-worker.js'), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const aborted = (): void => void worker.terminate();
  signal.addEventListener('abort', aborted);
  try {
    const told = await new Promise<ExportMessage>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread of an export ended with code ${code}`)));
    });
    if ('error' in told) throw deserializeError(told.error);
    return told;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
    await worker.terminate();
  }
}
