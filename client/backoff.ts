/** How long to wait before a request is tried again. */
export interface Backoff {
  /** Longest wait before the first repetition, doubled for each further one, in milliseconds. */
  readonly baseMs: number;
  readonly capMs: number;
}

/** Full jitter: uniform in [0, min(cap, base · 2^failures)), so that clients that failed together do not come back together.
 *  `failures` counts from 0; `random` is uniform in [0, 1).
 *  Source: Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015. */
export const jitteredDelay = ({ baseMs, capMs }: Backoff, failures: number, random: () => number): number =>
  random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));

/** What a Retry-After header asks for, in milliseconds: seconds, or a date that is compared with the answer's own Date. Undefined
 *  where there is none that can be read. */
export function readRetryAfter(headers: Pick<Headers, 'get'>): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const waitMs = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
