import type { Bound, Target } from './case.js';
import type { Outcome } from './outcome.js';

const EPISODES = 100;

/** Mean return of an episode by the modes: of the agent that gets least. */
export function returnTarget(known: number, bound: Bound, episodes = EPISODES): Target {
  return {
    quantity: 'return',
    known,
    bound,
    measure: async ({ evaluate }) =>
      Math.min(...Object.values((await evaluate(episodes)).agents).map((agent) => agent.return)),
  };
}

/** Mean reward of a step by the modes: of the agent that gets least. */
export function rewardTarget(known: number, bound: Bound, episodes = EPISODES): Target {
  return {
    quantity: 'reward per step',
    known,
    bound,
    measure: async ({ evaluate }) =>
      Math.min(...Object.values((await evaluate(episodes)).agents).map((agent) => agent.rewardPerStep)),
  };
}

/** A metric of every agent's sampled play, averaged over all iterations. The `worst` of them is taken. */
export function playAverage(
  { iterations }: Outcome,
  metric: string,
  worst: (averages: readonly number[]) => number,
): number {
  const sums = new Map<string, { total: number; count: number }>();
  for (const { agents } of iterations) {
    for (const [id, { metrics }] of Object.entries(agents)) {
      const value = metrics[metric];
      if (value === undefined) continue;
      const sum = sums.get(id) ?? { total: 0, count: 0 };
      sums.set(id, { total: sum.total + value, count: sum.count + 1 });
    }
  }
  return worst([...sums.values()].map(({ total, count }) => total / count));
}

/** The figure farthest from what is known; NaN where there is none. */
export const farthestFrom =
  (known: number) =>
  (figures: readonly number[]): number =>
    figures.reduce(
      (far, figure) => (Math.abs(figure - known) > Math.abs(far - known) ? figure : far),
      figures[0] ?? NaN,
    );

/** Time average of play: the metric is `known` for every agent. */
export const playTarget = (quantity: string, metrics: readonly string[], known: number, within: number): Target => ({
  quantity,
  known,
  bound: { within },
  measure: (outcome) => farthestFrom(known)(metrics.map((metric) => playAverage(outcome, metric, farthestFrom(known)))),
});
