/** Waits; rejects with the signal's reason when it aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const timerSleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });

/** A limit on the time that something may take: its signal aborts when the time is up, or when the signal given does. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  readonly expired: boolean;
  /** The time begins anew. */
  restart(): void;
  /** No time passes until it begins anew. */
  pause(): void;
  /** It was done in time: nothing aborts any more. */
  end(): void;
}

export function startTimeLimit(ms: number, sleep: Sleep, outer: AbortSignal | undefined): TimeLimit {
  const abort = new AbortController();
  const passOn = (): void => abort.abort(outer?.reason);
  if (outer?.aborted === true) passOn();
  else outer?.addEventListener('abort', passOn, { once: true });
  let expired = false;
  let timer: AbortController;
  const start = (): void => {
    const own = new AbortController();
    timer = own;
    sleep(ms, own.signal).then(
      () => {
        if (own.signal.aborted) return;
        expired = true;
        abort.abort();
      },
      () => {},
    );
  };
  start();
  return {
    signal: abort.signal,
    get expired() {
      return expired;
    },
    restart() {
      timer.abort();
      start();
    },
    pause: () => timer.abort(),
    end() {
      timer.abort();
      outer?.removeEventListener('abort', passOn);
    },
  };
}
