import type { FastifyReply } from 'fastify';
import { apiError } from './errors.js';

/** Does work for an answer, with a signal that aborts when nobody waits for it any more: the connection is closed, or the deadline is
 *  over. The framework's own signal of a request with a body aborts when the body has been read, and its deadline ends then.
 *  Rejects with API_DEADLINE_EXCEEDED then, at once: work that does not heed the signal, or not yet, is not waited for. */
export async function forAnswer<T>(
  { raw }: FastifyReply,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const give = (why: string) => () => controller.abort(apiError('API_DEADLINE_EXCEEDED', why));
  const closed = give('the connection was closed before the answer was there');
  const timer = setTimeout(give('the answer was not there in time; try again'), deadlineMs);
  raw.once('close', closed);
  try {
    const { signal } = controller;
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return await Promise.race([work(signal), given]);
  } finally {
    clearTimeout(timer);
    raw.off('close', closed);
  }
}
