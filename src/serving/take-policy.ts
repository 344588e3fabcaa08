import { deserializeError } from '../base/index.js';
import { servingError } from './errors.js';
import type { FromThread, ThreadOptions, ToThread } from './messages.js';
import type { PolicySource, TakenPolicy } from './policy-file.js';
import { type CreateThread, createServingThread } from './thread.js';

/** Takes a policy out of a checkpoint into a file of its own, `target`, in a thread for that alone: a checkpoint may be large, and
 *  those who act are not to wait for it. Rejects with SERVING_POLICY_UNFIT, SERVING_POLICY_TOO_LARGE and SERVING_THREAD_LOST, with what a
 *  checkpoint that cannot be read is refused with, and with the signal's reason. */
export async function takePolicy(
  source: PolicySource,
  target: string,
  options: ThreadOptions,
  signal: AbortSignal,
  createThread: CreateThread = createServingThread,
): Promise<TakenPolicy> {
  signal.throwIfAborted();
  const worker = createThread(options);
  const taken = new Promise<TakenPolicy>((resolve, reject) => {
    worker.once('message', (message: FromThread) => {
      if (message.type === 'taken') resolve(message.taken);
      else if (message.type === 'failed') reject(deserializeError(message.error));
    });
    worker.once('error', (cause) => reject(lost(cause)));
    worker.once('exit', () => reject(lost()));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    worker.postMessage({ type: 'take', source, target } satisfies ToThread);
    return await taken;
  } finally {
    await worker.terminate();
  }
}

const lost = (cause?: unknown): Error =>
  servingError('SERVING_THREAD_LOST', 'the thread that was to read the checkpoint ended', { cause });
