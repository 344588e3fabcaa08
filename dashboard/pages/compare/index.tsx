import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { Chart } from '../../charts/index.js';
import { Empty, Page, Panel, Problem } from '../../components/index.js';
import { formatDuration, formatShort } from '../../format.js';
import { useLoad } from '../../loading.js';
import { Link, navigate } from '../../router.js';
import { planCharts } from '../../series/chart-plan.js';
import { compareLines } from '../../series/compare-lines.js';
import { type ComparedJob, namesOf, readCompared } from '../../series/compared-job.js';
import type { XAxis } from '../../series/points-of.js';
import { useClient } from '../../session.js';
import { AXES, CurveControls } from '../job/curves.js';
import './compare.css';
import { ComparedTable } from './table.js';

const MOST_JOBS = 10;
const EVERY_MS = 3000;

/** Jobs side by side: a chart for each quantity with a line for each job, and where their specs differ. */
export function ComparePage({ jobs }: { readonly jobs: readonly string[] }): JSX.Element {
  const ids = [...new Set(jobs)].slice(0, MOST_JOBS);
  if (ids.length === 0) {
    return (
      <Page title="Compare">
        <Panel>
          <Empty title="No jobs to compare.">
            <p>
              Choose some in the <Link to="/">list of jobs</Link>, up to {MOST_JOBS}.
            </p>
          </Empty>
        </Panel>
      </Page>
    );
  }
  return <Compared ids={ids} leftOut={new Set(jobs).size - ids.length} />;
}

function Compared({ ids, leftOut }: { readonly ids: readonly string[]; readonly leftOut: number }): JSX.Element {
  const client = useClient();
  const [axis, setAxis] = useState<XAxis>('agentSteps');
  const [smoothing, setSmoothing] = useState(0);
  const [eachMember, setEachMember] = useState(false);
  const [more, setMore] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  /** What was read last, over which axis. */
  const before = useRef<{ readonly axis: XAxis; readonly jobs: readonly ComparedJob[] }>({ axis, jobs: [] });
  const { value, error, reload } = useLoad(
    async (signal) => {
      const known = before.current.axis === axis ? before.current.jobs : [];
      const read = { axis, jobs: await readCompared(client, ids, axis, known, signal) };
      before.current = read;
      return read;
    },
    [client, axis, ids.join(',')],
    { everyMs: EVERY_MS },
  );
  const compared = value?.jobs ?? [];
  const labels = useMemo(() => namesOf(compared), [compared]);
  const names = [...new Set(compared.flatMap(({ lines }) => lines.map(({ name }) => name)))].sort().join('\n');
  const plans = useMemo(
    () => planCharts(names === '' ? [] : names.split('\n')).filter(({ id }) => id !== 'seconds'),
    [names],
  );
  const charts = useMemo(
    () =>
      plans
        .filter(({ primary }) => primary || more)
        .map((plan) => ({ plan, lines: compareLines(plan, compared, labels, { eachMember, smoothing }) })),
    [plans, compared, labels, eachMember, smoothing, more],
  );
  const shownAxis = value?.axis ?? axis;
  const others = plans.filter(({ primary }) => !primary).length;
  const remove = (id: string): void =>
    navigate(`/compare?jobs=${ids.filter((own) => own !== id).join(',')}`, { replace: true });
  return (
    <Page title={ids.length === 1 ? 'Compare a job' : `Compare ${ids.length} jobs`}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {compared
        .filter(({ error: own }) => own !== undefined)
        .map(({ id, error: own }) => (
          <Problem key={id} error={own} onRetry={reload} />
        ))}
      {leftOut > 0 && (
        <p class="muted">
          {leftOut} more are left out: at most {MOST_JOBS} are shown.
        </p>
      )}
      <section class="curves" aria-label="Curves">
        <div class="compare-controls">
          <CurveControls axis={axis} onAxis={setAxis} smoothing={smoothing} onSmoothing={setSmoothing} />
          <label class="check">
            <input type="checkbox" checked={eachMember} onChange={() => setEachMember(!eachMember)} /> each agent, not
            their mean
          </label>
        </div>
        <div class="curves-grid">
          {value === undefined
            ? [0, 1, 2].map((i) => <div key={i} class="panel outline chart-outline" aria-busy="true" />)
            : charts.map(({ plan, lines }) => (
                <Chart
                  key={plan.id}
                  title={plan.title}
                  help={plan.help}
                  xLabel={AXES.find(({ axis: own }) => own === shownAxis)!.label}
                  lines={lines}
                  hidden={hidden}
                  onToggle={(label) => setHidden(toggled(hidden, label))}
                  together="compare"
                  formatX={shownAxis === 'wallSeconds' ? formatDuration : formatShort}
                />
              ))}
        </div>
        {value !== undefined && charts.length === 0 && (
          <Panel>
            <Empty title="None of these jobs has told a number yet." />
          </Panel>
        )}
        {others > 0 && (
          <button type="button" class="button more-charts" aria-expanded={more} onClick={() => setMore(!more)}>
            {more ? 'Show the most important only' : `Show ${others} more charts`}
          </button>
        )}
      </section>
      {compared.length > 0 && <ComparedTable compared={compared} labels={labels} onRemove={remove} />}
    </Page>
  );
}

function toggled(hidden: ReadonlySet<string>, label: string): ReadonlySet<string> {
  const after = new Set(hidden);
  if (!after.delete(label)) after.add(label);
  return after;
}
