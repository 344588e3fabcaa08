import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatAge, formatDuration } from '../format.js';

/** The time, in milliseconds since the epoch, as of the last so many milliseconds. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

const EVERY_MS = 5000;

/** How long ago something was; when exactly, as its tooltip. */
export function Time({ at }: { readonly at: string | number }): JSX.Element {
  const now = useNow(EVERY_MS);
  const when = new Date(at);
  const age = formatAge(now - when.getTime());
  return (
    <time dateTime={when.toISOString()} title={when.toLocaleString()}>
      {age === 'now' ? age : `${age} ago`}
    </time>
  );
}

/** A length of time. */
export function Duration({ seconds }: { readonly seconds: number }): JSX.Element {
  return <span title={`${seconds} s`}>{formatDuration(seconds)}</span>;
}
