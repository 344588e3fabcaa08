import type { EvaluationEvent, RecordedGame } from '../training/index.js';
import { type Chart, memberSeries, type Series } from './chart.js';

/** The actions of a game before and after training, on the same scale, where every agent's action is one number and there are
 *  at least two agents; else nothing. The lower median of the actions is drawn with them. */
export function gamePictures(evaluations: readonly EvaluationEvent[]): Chart[] {
  const first = evaluations[0];
  const last = evaluations[evaluations.length - 1];
  if (first === undefined || last === undefined || first === last) return [];
  if (!isPlain(first.game) || !isPlain(last.game)) return [];
  const range = rangeOf([first.game, last.game]);
  return [
    { event: first, when: first.iteration === 0 ? 'Before training' : `After ${first.iteration} iterations` },
    { event: last, when: `After ${last.iteration} iterations` },
  ].map(({ event, when }) => ({
    title: when,
    xLabel: 'step of the game',
    x: stepsOf(event.game),
    series: [...memberSeries(new Map(columnsOf(event.game))), medianOf(event.game)],
    range,
  }));
}

const isPlain = ({ actions }: RecordedGame): boolean => {
  const agents = Object.values(actions);
  return agents.length > 1 && agents.every((steps) => steps.length > 0 && steps.every((action) => action.length === 1));
};

const columnsOf = ({ actions }: RecordedGame): [string, number[]][] =>
  Object.entries(actions).map(([agent, steps]) => [agent, steps.map((action) => action[0] ?? 0)]);

function stepsOf(game: RecordedGame): number[] {
  const length = Math.max(...columnsOf(game).map(([, steps]) => steps.length));
  return Array.from({ length }, (_, step) => step + 1);
}

function medianOf(game: RecordedGame): Series {
  const columns = columnsOf(game).map(([, steps]) => steps);
  const values = stepsOf(game).map((_, step) => {
    const sorted = columns.flatMap((column) => column[step] ?? []).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
  });
  return { label: 'median', values, role: 'reference' };
}

function rangeOf(games: readonly RecordedGame[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const [, steps] of games.flatMap(columnsOf)) {
    for (const value of steps) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const margin = (high - low) * 0.05 || 1;
  return [low - margin, high + margin];
}
