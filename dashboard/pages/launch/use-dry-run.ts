import { useEffect, useState } from 'preact/hooks';
import type { DryRun, Launch } from '../../../client/index.js';
import { useClient } from '../../session.js';

export interface DryRunState {
  /** The newest answer that there was; what is asked now may differ. */
  readonly answer: DryRun | undefined;
  /** What is wrong with what was asked last. */
  readonly error: unknown;
  /** Whether an answer is waited for. */
  readonly asking: boolean;
}

const PAUSE_MS = 300;

/** Asks the API, once the person pauses, what launching would make. Null asks nothing. */
export function useDryRun(launch: Launch | null): DryRunState {
  const client = useClient();
  const [state, setState] = useState<DryRunState>({ answer: undefined, error: undefined, asking: true });
  const asked = launch === null ? null : JSON.stringify(launch);
  useEffect(() => {
    if (asked === null) return;
    const stop = new AbortController();
    const { signal } = stop;
    setState((before) => ({ ...before, asking: true }));
    const timer = setTimeout(() => {
      client.dryRunJob(JSON.parse(asked) as Launch, { signal }).then(
        (answer) => !signal.aborted && setState({ answer, error: undefined, asking: false }),
        (error: unknown) => !signal.aborted && setState(({ answer }) => ({ answer, error, asking: false })),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked, client]);
  return state;
}
