import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** The newest that came; stays while it is read again, and where that fails. */
  readonly value: T | undefined;
  /** Why the newest reading failed; undefined once one succeeds. */
  readonly error: unknown;
  readonly loading: boolean;
  /** Reads it now. */
  readonly reload: () => void;
}

interface LoadOptions {
  /** How long after an answer it is read again, in milliseconds; not while the page is hidden. Default: never. */
  readonly everyMs?: number | undefined;
}

/** Reads something when the component appears, whenever one of `inputs` changes, and every so often. What comes late of earlier
 *  inputs is not heeded. `load` is given a signal that aborts then. */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  { everyMs }: LoadOptions = {},
): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({
    value: undefined,
    error: undefined,
    loading: true,
  });
  const newest = useRef(load);
  newest.current = load;
  const again = useRef(() => {});
  useEffect(() => {
    let stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const wait = (): void => {
      if (everyMs === undefined || ended) return;
      timer = setTimeout(() => (document.hidden ? undefined : read()), everyMs);
    };
    const read = (): void => {
      stop.abort();
      clearTimeout(timer);
      stop = new AbortController();
      const { signal } = stop;
      setState((before) => (before.loading ? before : { ...before, loading: true }));
      newest
        .current(signal)
        .then(
          (value) => !signal.aborted && setState({ value, error: undefined, loading: false }),
          (error: unknown) => !signal.aborted && setState(({ value }) => ({ value, error, loading: false })),
        )
        .finally(() => !signal.aborted && wait());
    };
    const show = (): void => {
      if (!document.hidden && everyMs !== undefined) read();
    };
    again.current = read;
    document.addEventListener('visibilitychange', show);
    read();
    return () => {
      ended = true;
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', show);
    };
  }, [...inputs, everyMs]);
  return { ...state, reload: useCallback(() => again.current(), []) };
}
