import { useEffect, useRef, useState } from 'preact/hooks';
import type { JobSummary } from '../../../client/index.js';
import { useClient } from '../../session.js';
import { CURVE_NAMES, CURVE_POINTS, type Curve, curveOf } from './curve.js';

/** Requests at once: a list is no reason to keep the server busy. */
const AT_ONCE = 3;
const RUNNING_MS = 4000;

interface Read {
  readonly curve: Curve;
  readonly revision: number;
  readonly atMs: number;
}

/** The curves of jobs: those of running ones as of the last seconds, of the others as of their last change. One that cannot be read is
 *  left out; the list says what is wrong with the server, if anything is. */
export function useCurves(jobs: readonly JobSummary[]): ReadonlyMap<string, Curve> {
  const client = useClient();
  const known = useRef(new Map<string, Read>());
  const [curves, setCurves] = useState<ReadonlyMap<string, Curve>>(new Map());
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const due = jobs.filter(({ id, state, revision }) => {
      const read = known.current.get(id);
      if (read === undefined) return state !== 'queued';
      return read.revision !== revision || (state === 'running' && performance.now() - read.atMs > RUNNING_MS);
    });
    const work = async (): Promise<void> => {
      for (let job = due.shift(); job !== undefined && !signal.aborted; job = due.shift()) {
        const { id, revision } = job;
        try {
          const series = await client.getJobMetrics(id, { names: CURVE_NAMES, points: CURVE_POINTS }, { signal });
          known.current.set(id, { curve: curveOf(series), revision, atMs: performance.now() });
          setCurves(new Map([...known.current].map(([of, { curve }]) => [of, curve])));
        } catch {
          // Gone, or to be read with the next list.
        }
      }
    };
    for (let i = 0; i < AT_ONCE; i++) void work();
    return () => stop.abort();
  }, [jobs, client]);
  return curves;
}
