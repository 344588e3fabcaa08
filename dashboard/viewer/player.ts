import { useCallback, useEffect, useState } from 'preact/hooks';

/** Steps per second. */
export const SPEEDS = [1, 2, 5, 10, 30] as const;

export interface Player {
  readonly step: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly go: (step: number) => void;
  readonly toggle: () => void;
  readonly setSpeed: (speed: number) => void;
}

/** Goes through so many steps by itself, or as it is told. It begins and stops at the end, where most is to be seen; playing there
 *  begins anew. */
export function usePlayer(length: number): Player {
  const [step, setStep] = useState(Number.POSITIVE_INFINITY);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(5);
  const last = Math.max(0, length - 1);
  const at = Math.min(step, last);
  useEffect(() => {
    if (!playing) return;
    let frame = 0;
    let from = performance.now();
    let shown = at;
    const next = (now: number): void => {
      const steps = Math.floor(((now - from) * speed) / 1000);
      if (steps > 0) {
        from += (steps * 1000) / speed;
        shown = Math.min(last, shown + steps);
        setStep(shown);
      }
      if (shown < last) frame = requestAnimationFrame(next);
      else setPlaying(false);
    };
    frame = requestAnimationFrame(next);
    return () => cancelAnimationFrame(frame);
    // Where it is now is only where it begins.
  }, [playing, speed, last]);
  const go = useCallback(
    (to: number) => {
      setPlaying(false);
      setStep(Math.max(0, Math.min(last, to)));
    },
    [last],
  );
  const toggle = useCallback(() => {
    if (!playing && at >= last) setStep(0);
    setPlaying(!playing && last > 0);
  }, [playing, at, last]);
  return { step: at, playing, speed, go, toggle, setSpeed };
}
