import type { EvaluationEvent, ProfileEvaluation } from '../training/index.js';
import type { Chart, Series, Values } from './chart.js';
import { showNumber } from './html.js';

/** Shown range of participation: its ends, 0 and 1, are not on the picture's edge. */
const PARTICIPATION_RANGE = [-0.06, 1.06] as const;

/** How agents act along the environment's lines of observations, by the last evaluation: a picture per profile, the quantity
 *  above and who takes part below, each beside what the reference says. */
export function profilePictures(evaluations: readonly EvaluationEvent[]): Chart[] {
  const agents: string[] = [];
  return (evaluations[evaluations.length - 1]?.profiles ?? []).map((profile) => {
    if (!agents.includes(profile.agent)) agents.push(profile.agent);
    return picture(profile, agents.indexOf(profile.agent));
  });
}

function picture(profile: ProfileEvaluation, color: number): Chart {
  const { agent, label, quantity, points, mean, participation, reference } = profile;
  const order = points.map((_, i) => i).sort((a, b) => points[a]! - points[b]!);
  const axis = { xLabel: label, x: order.map((i) => points[i]!), gaps: true };
  const lines = (own: Values, theirs: Values | undefined): Series[] => {
    const policy: Series = { label: 'policy', values: order.map((i) => own[i] ?? null), color };
    if (reference === undefined || theirs === undefined) return [policy];
    return [policy, { label: reference.label, values: order.map((i) => theirs[i] ?? null), role: 'reference' }];
  };
  const below: Chart = {
    title: 'Participation',
    ...axis,
    series: lines(participation, reference?.participation),
    range: PARTICIPATION_RANGE,
  };
  const told = distanceNote(profile);
  const note = told === undefined ? {} : { note: told };
  const series = lines(mean, reference?.quantity);
  // An agent that never takes part has no quantity; that it does not is worth a picture.
  if (series.every(({ values }) => values.every((value) => value === null))) {
    return { ...below, title: `${agent}: participation`, ...note };
  }
  const always = reference?.participation === undefined && participation.every((share) => share === 1);
  return { title: `${agent}: ${quantity}`, ...note, ...axis, series, ...(always ? {} : { below }) };
}

/** How far the policy is from the reference, on average over the points where both say something. */
function distanceNote({ quantity, mean, participation, reference }: ProfileEvaluation): string | undefined {
  if (reference === undefined) return undefined;
  const told = [
    [quantity, distance(mean, reference.quantity)] as const,
    ['participation', distance(participation, reference.participation)] as const,
  ].flatMap(([name, value]) => (value === undefined ? [] : `${name} ${showNumber(value)}`));
  return told.length === 0 ? undefined : `Mean distance from ${reference.label}: ${told.join(', ')}.`;
}

function distance(own: Values, theirs: Values | undefined): number | undefined {
  const distances = own.flatMap((value, i) => {
    const other = theirs?.[i] ?? null;
    return value === null || other === null ? [] : Math.abs(value - other);
  });
  return distances.length === 0 ? undefined : distances.reduce((a, b) => a + b, 0) / distances.length;
}
