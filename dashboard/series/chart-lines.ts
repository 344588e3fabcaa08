import type { ChartLine } from '../charts/line.js';
import { meanOf } from './align.js';
import { type ChartPlan, isEvaluation, partOf } from './chart-plan.js';
import type { Line } from './job-lines.js';
import { type Members, SHOWN } from './members.js';
import { smooth } from './smooth.js';

export const MEAN = 'mean';

/** Of no member. */
const TEXT_COLOR = -1;

/** The lines of a chart, smoothed; what was smoothed lies behind, and evaluations are points. Where there are more members than can be
 *  told apart, their mean comes first. */
export function chartLines(
  { id: chart, names, title }: ChartPlan,
  lines: Iterable<Line>,
  members: Members,
  smoothing: number,
): ChartLine[] {
  const own = [...lines]
    .filter(({ name }) => names.includes(name))
    .sort((a, b) => orderOf(a, members) - orderOf(b, members));
  const drawn = own.flatMap((line, i): ChartLine[] => {
    const { name, id } = line;
    const key = `${chart} ${name} ${id ?? ''}`;
    const look =
      id === null
        ? { label: own.length === 1 ? title : partOf(name), color: i }
        : { label: id, color: members.placeOf(id) };
    if (isEvaluation(name)) return [{ key, ...look, role: 'points', x: [...line.x], y: [...line.y] }];
    return smoothed({ key, ...look, x: [...line.x], y: [...line.y] }, smoothing);
  });
  const training = own.filter(({ name, id }) => id !== null && !isEvaluation(name));
  if (training.length <= SHOWN) return drawn;
  const mean = {
    key: `${chart} ${MEAN}`,
    label: MEAN,
    color: TEXT_COLOR,
    role: 'strong' as const,
    ...meanOf(training),
  };
  return [...smoothed(mean, smoothing), ...drawn];
}

/** A line as it is, or smoothed with itself behind it. */
export function smoothed(line: ChartLine, strength: number): ChartLine[] {
  if (strength === 0 || line.x.length < 3) return [line];
  return [
    { ...line, key: `${line.key} faint`, role: 'faint' },
    { ...line, y: smooth(line, strength) },
  ];
}

const orderOf = ({ id, name }: Line, members: Members): number =>
  (id === null ? 0 : members.placeOf(id)) + (isEvaluation(name) ? 0.5 : 0);
