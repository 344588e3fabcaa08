import { downsample, type Points } from './downsample.js';
import type { JobHistory } from './job-history.js';
import type { Column, SeriesTable, Subject, XAxis } from './series-table.js';

/** Points of an answer: more series have fewer each. */
const MOST_POINTS = 200_000;
const LEAST_PER_SERIES = 4;

export interface Wanted {
  readonly names: ReadonlySet<string>;
  /** null: all. Of what is per policy, those that these agents act by. */
  readonly agents: ReadonlySet<string> | null;
  readonly x: XAxis;
  /** Bounds of x, both included. */
  readonly from: number;
  readonly to: number;
  /** Most points of a series. */
  readonly points: number;
}

export interface Series {
  name: string;
  per: Subject;
  id: string | null;
  /** Points before they were thinned out. */
  of: number;
  x: number[];
  y: number[];
}

export interface AvailableSeries {
  name: string;
  per: Subject;
  /** Agents or policies that have it, in order of appearance. */
  ids: string[];
}

/** The names that there are, in order of appearance. */
export function availableSeries({ iterations, evaluations }: JobHistory): AvailableSeries[] {
  const found = new Map<string, AvailableSeries>();
  for (const table of [iterations, evaluations]) {
    for (const { name, per, id } of table.columns) {
      const key = `${per} ${name}`;
      const known = found.get(key) ?? { name, per, ids: [] };
      found.set(key, known);
      if (id !== null) known.ids.push(id);
    }
  }
  return [...found.values()];
}

export function selectSeries(history: JobHistory, wanted: Wanted): Series[] {
  const tables = [history.iterations, history.evaluations];
  const chosen = tables.flatMap((table) =>
    [...table.columns].filter((column) => isWanted(column, wanted, history)).map((column) => ({ table, column })),
  );
  const room = Math.floor(MOST_POINTS / Math.max(1, chosen.length));
  const most = Math.max(LEAST_PER_SERIES, Math.min(wanted.points, room));
  return chosen.map(({ table, column }) => {
    const points = pointsOf(table, column, wanted);
    const { x, y } = downsample(points, most);
    return { name: column.name, per: column.per, id: column.id, of: points.x.length, x: [...x], y: [...y] };
  });
}

function isWanted({ name, per, id }: Column, { names, agents }: Wanted, { policyOf }: JobHistory): boolean {
  if (!names.has(name)) return false;
  if (agents === null || id === null) return true;
  if (per === 'agent') return agents.has(id);
  for (const agent of agents) if (policyOf.get(agent) === id) return true;
  return false;
}

/** Those that have a value, within the bounds. */
function pointsOf(table: SeriesTable, { values }: Column, { x: axis, from, to }: Wanted): Points {
  const all = table.x(axis);
  const [x, y]: [number[], number[]] = [[], []];
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const place = all[row]!;
    if (Number.isNaN(value) || place < from || place > to) continue;
    x.push(place);
    y.push(value);
  }
  return { x, y };
}
