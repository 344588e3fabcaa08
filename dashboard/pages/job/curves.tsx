import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { Chart } from '../../charts/index.js';
import { formatDuration, formatShort } from '../../format.js';
import { chartLines, MEAN } from '../../series/chart-lines.js';
import { type ChartPlan, EXPECTED, planCharts } from '../../series/chart-plan.js';
import type { JobLines } from '../../series/job-lines.js';
import { Members, SHOWN } from '../../series/members.js';
import type { XAxis } from '../../series/points-of.js';
import './curves.css';

interface CurvesProps {
  readonly lines: JobLines | undefined;
  /** Changes with the lines. */
  readonly points: number;
  readonly axis: XAxis;
  readonly onAxis: (axis: XAxis) => void;
  readonly agents: readonly string[];
}

export const AXES: readonly { readonly axis: XAxis; readonly says: string; readonly label: string }[] = [
  { axis: 'agentSteps', says: 'Agent steps', label: 'agent steps' },
  { axis: 'wallSeconds', says: 'Time', label: 'training time' },
  { axis: 'iteration', says: 'Iterations', label: 'iterations' },
];

/** How a job learns. */
export function Curves({ lines, points, axis, onAxis, agents }: CurvesProps): JSX.Element {
  const [smoothing, setSmoothing] = useState(0);
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [more, setMore] = useState(false);
  const all = useMemo(() => [...(lines?.lines ?? [])], [lines, points]);
  const names = [...new Set(all.map(({ name }) => name))].sort().join('\n');
  const plans = useMemo(() => withExpected(planCharts(names === '' ? [] : names.split('\n'))), [names]);
  const ids = [...new Set([...agents, ...all.flatMap(({ id }) => id ?? [])])].join('\n');
  const members = useMemo(() => new Members(ids === '' ? [] : ids.split('\n')), [ids]);
  const hidden = useMemo(
    () =>
      new Set(
        [MEAN, ...members.ids].filter((id) => !(toggled.get(id) ?? (id === MEAN || members.placeOf(id) < SHOWN))),
      ),
    [toggled, members],
  );
  const toggle = (label: string): void => setToggled((before) => new Map(before).set(label, hidden.has(label)));
  // The axis that the lines are of: another one is shown as soon as it is read.
  const { label = '' } = AXES.find((own) => own.axis === (lines?.axis ?? axis)) ?? {};
  const drawn = useMemo(
    () =>
      plans
        .filter(({ primary }) => primary || more)
        .map((plan) => ({ plan, lines: chartLines(plan, all, members, smoothing) })),
    [plans, all, members, smoothing, more],
  );
  const others = plans.filter(({ primary }) => !primary).length;
  return (
    <section class="curves" aria-label="Curves">
      <CurveControls axis={axis} onAxis={onAxis} smoothing={smoothing} onSmoothing={setSmoothing} />
      <div class="curves-grid">
        {drawn.map(({ plan, lines: own }) => (
          <Chart
            key={plan.id}
            title={plan.title}
            help={plan.help}
            xLabel={label}
            lines={own}
            hidden={hidden}
            onToggle={toggle}
            together="job"
            {...(lines?.axis === 'wallSeconds' ? { formatX: formatDuration } : { formatX: formatShort })}
          />
        ))}
      </div>
      {others > 0 && (
        <button type="button" class="button more-charts" aria-expanded={more} onClick={() => setMore(!more)}>
          {more ? 'Show the most important only' : `Show ${others} more charts`}
        </button>
      )}
    </section>
  );
}

interface CurveControlsProps {
  readonly axis: XAxis;
  readonly onAxis: (axis: XAxis) => void;
  readonly smoothing: number;
  readonly onSmoothing: (strength: number) => void;
}

/** What the x axis is, and how smooth lines are. */
export function CurveControls({ axis, onAxis, smoothing, onSmoothing }: CurveControlsProps): JSX.Element {
  const id = useId();
  return (
    <div class="curve-controls">
      <fieldset class="choices">
        <legend class="hidden">Horizontal axis</legend>
        {AXES.map(({ axis: own, says }) => (
          <label key={own}>
            <input type="radio" name="axis" checked={axis === own} onChange={() => onAxis(own)} />
            <span>{says}</span>
          </label>
        ))}
      </fieldset>
      <div class="smoothing">
        <label for={id}>Smoothing</label>
        <input
          id={id}
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={smoothing}
          onInput={(event) => onSmoothing(Number(event.currentTarget.value))}
        />
        <output for={id}>{smoothing.toFixed(2)}</output>
      </div>
    </div>
  );
}

/** Charts that a job will have stand there from the beginning. */
function withExpected(plans: readonly ChartPlan[]): readonly ChartPlan[] {
  return plans.length > 0 ? plans : planCharts(EXPECTED);
}
