/** Makes one export, in a thread of its own, and tells it or why it cannot be made. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../../src/base/index.js';
import { exportPolicies, zipFiles } from '../../src/export/index.js';
import { loadCheckpoint } from './checkpoint-file.js';
import type { ExportAnswer, ExportMessage, ExportRequest } from './export.js';

const BINARY = 'application/octet-stream';

async function answer(request: ExportRequest): Promise<ExportAnswer> {
  const { folder, jobId, iteration, format, policy, known } = request;
  const checkpoint = await loadCheckpoint(folder, jobId, iteration);
  const policies = exportPolicies(checkpoint, format, policy, known);
  const [only] = policies;
  const [model] = only?.model ?? [];
  // A model of one file has its card inside.
  if (policies.length === 1 && only?.model.length === 1 && model !== undefined) {
    return { name: `${jobId}-${iteration}-${model.path}`, contentType: BINARY, bytes: model.bytes };
  }
  const files = policies.flatMap((exported) => [...exported.model, ...exported.card]);
  return { name: `${jobId}-${iteration}-${format}.zip`, contentType: 'application/zip', bytes: zipFiles(files) };
}

const message: ExportMessage = await answer(workerData as ExportRequest).catch((error: unknown) => ({
  error: serializeError(error),
}));
parentPort!.postMessage(message, 'bytes' in message ? [message.bytes.buffer as ArrayBuffer] : []);
