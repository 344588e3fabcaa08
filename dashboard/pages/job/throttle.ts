import { useEffect, useRef, useState } from 'preact/hooks';

/** The value, but at most every so often another one; the last always comes. */
export function useThrottled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const changedAt = useRef(0);
  useEffect(() => {
    if (value === shown) return;
    const put = (): void => {
      changedAt.current = performance.now();
      setShown(value);
    };
    const timer = setTimeout(put, Math.max(0, changedAt.current + everyMs - performance.now()));
    return () => clearTimeout(timer);
  }, [value, shown, everyMs]);
  return shown;
}
