import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { TimelineEntry } from '../../../client/index.js';
import { Empty, Panel, Problem, Time } from '../../components/index.js';
import { formatCount } from '../../format.js';
import { useLoad } from '../../loading.js';
import { useClient } from '../../session.js';
import { useThrottled } from './throttle.js';

const EVERY_MS = 1500;
const PAGE = 500;
const FEW = 12;

const SAYS: Readonly<Partial<Record<TimelineEntry['kind'], string>>> = {
  learnerBegan: 'learner began',
  learnerLost: 'learner lost',
};

/** What happened to a job, and why; the newest first. */
export function Timeline({ jobId, turns }: { readonly jobId: string; readonly turns: number }): JSX.Element {
  const client = useClient();
  const newest = useThrottled(turns, EVERY_MS);
  /** All pages but the last never change, and are not read again. */
  const known = useRef<{ entries: readonly TimelineEntry[]; cursor: string | undefined }>({
    entries: [],
    cursor: undefined,
  });
  const { value, error, reload } = useLoad(
    async (signal) => {
      for (;;) {
        const { entries, cursor } = known.current;
        const page = await client.getJobTimeline(
          jobId,
          { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
          { signal },
        );
        if (page.nextCursor === null) return [...entries, ...page.entries];
        known.current = { entries: [...entries, ...page.entries], cursor: page.nextCursor };
      }
    },
    [client, jobId, newest],
  );
  const [saves, setSaves] = useState(false);
  const [all, setAll] = useState(false);
  const shown = (value ?? []).filter(({ kind }) => saves || kind !== 'checkpoint').reverse();
  const saved = (value ?? []).some(({ kind }) => kind === 'checkpoint');
  return (
    <Panel
      title="Timeline"
      actions={
        saved && (
          <label class="check">
            <input type="checkbox" checked={saves} onChange={() => setSaves(!saves)} /> checkpoints too
          </label>
        )
      }
    >
      {error !== undefined && value === undefined && <Problem error={error} onRetry={reload} />}
      {value !== undefined && shown.length === 0 && <Empty title="Nothing happened yet." />}
      <ol class="timeline">
        {(all ? shown : shown.slice(0, FEW)).map((entry, i) => (
          <Turn key={`${entry.at} ${entry.kind} ${entry.sequence ?? shown.length - i}`} entry={entry} />
        ))}
      </ol>
      {!all && shown.length > FEW && (
        <button type="button" class="button small" onClick={() => setAll(true)}>
          All {formatCount(shown.length)}
        </button>
      )}
    </Panel>
  );
}

function Turn({ entry: { at, kind, cause, code, iteration, by } }: { readonly entry: TimelineEntry }): JSX.Element {
  return (
    <li class={`turn ${kind}`}>
      <span class="kind">{SAYS[kind] ?? kind}</span>
      <span class="when">
        <Time at={at} />
      </span>
      <span class="cause">
        {cause !== kind && cause}
        {code !== null && (
          <>
            {' '}
            <code>{code}</code>
          </>
        )}
        {by !== null && <span class="muted"> by {by}</span>}
        {iteration !== null && <span class="muted"> · iteration {formatCount(iteration)}</span>}
      </span>
    </li>
  );
}
