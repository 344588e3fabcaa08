import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatNumber, formatShort } from '../format.js';
import { align } from '../series/align.js';
import { useTheme } from '../theme.js';
import './chart.css';
import { Legend, type LegendEntry } from './legend.js';
import type { ChartLine } from './line.js';
import { colorOf, dashOf } from './palette.js';

interface ChartProps {
  readonly title: string;
  /** What the title means. */
  readonly help?: string | undefined;
  readonly xLabel: string;
  readonly lines: readonly ChartLine[];
  /** Labels that are not shown. */
  readonly hidden?: ReadonlySet<string>;
  readonly onToggle?: ((label: string) => void) | undefined;
  /** Charts of one name share cursor and zoom. */
  readonly together?: string;
  readonly formatX?: (value: number) => string;
  readonly formatY?: (value: number) => string;
  /** A place on the x axis that is marked. */
  readonly marker?: number | undefined;
  /** Instead of curves as long as there are none. */
  readonly empty?: ComponentChildren;
}

const HEIGHT = 210;

/** Curves over a common axis. Points that are added do not make it anew; drag to zoom, double-click to see all. */
export function Chart(props: ChartProps): JSX.Element {
  const { title, help, lines, hidden = NONE, onToggle, empty = 'No values yet' } = props;
  const [log, setLog] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const values = useRef(new Map<string, HTMLElement>());
  const shown = lines.filter(({ label, x }) => x.length > 0 && !hidden.has(label));
  const any = lines.some(({ x }) => x.length > 0);
  const positive = shown.some(({ y }) => y.some((value) => value > 0));
  usePlot(place, values.current, props, shown, log && positive);
  const entries = useMemo(() => legendOf(lines), [lines.map(({ label, role }) => `${label} ${role}`).join('\n')]);
  return (
    <figure class="chart">
      <figcaption>
        <span class="title" title={help}>
          {title}
        </span>
        <button
          type="button"
          class="scale"
          aria-pressed={log}
          disabled={!positive}
          title={positive ? 'Logarithmic scale' : 'Nothing here is above zero'}
          onClick={() => setLog(!log)}
        >
          log
        </button>
      </figcaption>
      <div class="plot" style={{ height: `${HEIGHT}px` }}>
        <div
          ref={place}
          role="img"
          aria-label={describe(title, shown)}
          data-points={shown.reduce((sum, { x }) => sum + x.length, 0)}
        />
        {!any && <p class="nothing">{empty}</p>}
      </div>
      <Legend entries={entries} hidden={hidden} onToggle={onToggle} values={values.current} />
    </figure>
  );
}

const NONE: ReadonlySet<string> = new Set();

/** One entry for each label, as its most telling line looks. */
function legendOf(lines: readonly ChartLine[]): LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const { label, color, role } of lines) {
    const known = entries.get(label);
    if (known === undefined || (known.onlyPoints && role !== 'points')) {
      entries.set(label, { label, color, onlyPoints: role === 'points' });
    }
  }
  return [...entries.values()];
}

function describe(title: string, lines: readonly ChartLine[]): string {
  const newest = lines
    .filter(({ role }) => role === undefined || role === 'strong')
    .slice(0, 8)
    .map(({ label, y }) => `${label} ${formatNumber(y[y.length - 1] ?? Number.NaN)}`);
  return newest.length === 0 ? `${title}: nothing yet` : `${title}, newest: ${newest.join(', ')}`;
}

/** Draws the lines into the place: a new plot when other lines are to be drawn or they are to look otherwise, else new data. */
function usePlot(
  place: { readonly current: HTMLDivElement | null },
  values: Map<string, HTMLElement>,
  { together, xLabel, marker, formatX = formatShort, formatY = formatShort }: ChartProps,
  lines: readonly ChartLine[],
  log: boolean,
): void {
  const theme = useTheme();
  const plot = useRef<uPlot | undefined>(undefined);
  const newest = useRef(lines);
  newest.current = lines;
  const marked = useRef(marker);
  marked.current = marker;
  const behind = useRef(false);
  const visible = useRef(true);
  const looks = lines.map(({ key, role, color, label }) => `${key} ${role} ${color} ${label}`).join('\n');

  /** Tells the values at the cursor, or the newest. */
  const tell = (u: uPlot): void => {
    const { idx = null, left = -1 } = u.cursor;
    const told = new Set<string>();
    newest.current.forEach(({ label, role }, i) => {
      if (role === 'faint' || (role === 'points' && told.has(label))) return;
      const ys = u.data[i + 1] ?? [];
      let at = idx === null || left < 0 ? ys.length - 1 : idx;
      while (at >= 0 && (ys[at] === null || ys[at] === undefined)) at--;
      const element = values.get(label);
      if (element === undefined) return;
      told.add(label);
      element.textContent = at < 0 ? '–' : formatY(ys[at]!);
    });
    for (const [label, element] of values) if (!told.has(label)) element.textContent = '';
  };

  const put = (u: uPlot): void => {
    behind.current = !visible.current;
    if (behind.current) return;
    const before = u.data[0];
    const { min = null, max = null } = u.scales.x ?? {};
    const zoomed =
      min !== null && max !== null && before.length > 1 && (min > before[0]! || max < before[before.length - 1]!);
    const data = dataOf(newest.current, log);
    if (zoomed) {
      u.batch(() => {
        u.setData(data, false);
        u.setScale('x', { min, max });
      });
    } else u.setData(data);
    tell(u);
  };

  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const css = getComputedStyle(document.documentElement);
    const color = (name: string): string => css.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: color('--muted'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
      gap: 6,
    };
    const u = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height: HEIGHT,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: {
          ...(together === undefined ? {} : { sync: { key: together, scales: ['x', null] } }),
          y: false,
          points: { size: 6 },
          drag: { x: true, y: false, setScale: true },
        },
        scales: { x: { time: false, range: rangeOfX }, y: log ? { distr: 3 } : { range: rangeOfY } },
        axes: [
          {
            ...axis,
            size: 26,
            label: xLabel,
            labelSize: 14,
            labelGap: -2,
            labelFont: '11px system-ui, sans-serif',
            values: (_, ticks) => ticks.map(formatX),
          },
          { ...axis, size: sizeOfY, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : formatY(tick))) },
        ],
        series: [{}, ...newest.current.map((line) => seriesOf(line, color, () => newest.current))],
        hooks: { setCursor: [tell], draw: [(u) => mark(u, marked.current, color('--accent'))] },
      },
      dataOf(newest.current, log),
      element,
    );
    plot.current = u;
    tell(u);
    const resize = new ResizeObserver(() => {
      const width = Math.max(120, element.clientWidth);
      if (width !== u.width) u.setSize({ width, height: HEIGHT });
    });
    resize.observe(element);
    // What nobody looks at is not drawn; it is up to date again as soon as it comes into view.
    const look = new IntersectionObserver(([entry]) => {
      visible.current = entry?.isIntersecting ?? true;
      if (visible.current && behind.current) put(u);
    });
    look.observe(element);
    return () => {
      resize.disconnect();
      look.disconnect();
      plot.current = undefined;
      u.destroy();
    };
  }, [looks, log, theme, together, xLabel]);

  useEffect(() => plot.current?.redraw(false), [marker]);
  const drawn = useRef<readonly ChartLine[] | undefined>(undefined);
  useEffect(() => {
    if (plot.current !== undefined && drawn.current !== undefined && !sameData(drawn.current, lines)) put(plot.current);
    drawn.current = lines;
  });
}

/** A vertical line at the marked place. */
function mark({ ctx, bbox, valToPos }: uPlot, place: number | undefined, color: string): void {
  if (place === undefined) return;
  const x = Math.round(valToPos(place, 'x', true));
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = Math.max(1, devicePixelRatio);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

const sameData = (a: readonly ChartLine[], b: readonly ChartLine[]): boolean =>
  a.length === b.length && a.every(({ x, y }, i) => x === b[i]!.x && y === b[i]!.y);

function dataOf(lines: readonly ChartLine[], log: boolean): uPlot.AlignedData {
  const [x, ...ys] = align(lines);
  // What a logarithmic scale has no place for is left out.
  const shown = log ? ys.map((y) => y.map((value) => (value === null || value <= 0 ? null : value))) : ys;
  return [x, ...shown] as uPlot.AlignedData;
}

function seriesOf(line: ChartLine, color: (name: string) => string, lines: () => readonly ChartLine[]): uPlot.Series {
  const { role = 'line', key } = line;
  const stroke = colorOf(line.color, color);
  const width = { line: 1.6, faint: 1, points: 0, strong: 2.4 }[role];
  const points: uPlot.Series.Points =
    role === 'points'
      ? { show: true, size: 9, width: 2, stroke: color('--panel'), fill: stroke }
      : { show: () => lines().some((own) => own.key === key && own.x.length === 1), size: 5, fill: stroke };
  return {
    stroke,
    width,
    dash: role === 'line' ? dashOf(line.color) : [],
    alpha: role === 'faint' ? 0.28 : 1,
    spanGaps: true,
    points,
    ...(role === 'points' ? { paths: () => null } : {}),
  };
}

/** A single point, or none, still has an axis around it. */
const rangeOfX: uPlot.Range.Function = (_, min, max) =>
  min === null || max === null ? [0, 1] : min === max ? [min - 1, max + 1] : [min, max];

function rangeOfY(_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null) return [0, 1];
  const margin = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
  // What is never negative is not shown as if it could be.
  return [min >= 0 && min - margin < 0 ? 0 : min - margin, max + margin];
}

const sizeOfY = (_: uPlot, ticks: string[] | null): number =>
  18 + 6.4 * Math.max(3, ...(ticks ?? []).map((tick) => tick.length));
