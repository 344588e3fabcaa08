import type { Environment } from '../envs/index.js';

/** The reward heads that add up to an agent's return: heads `first` … `end` − 1. */
export interface ReturnHeads {
  readonly first: number;
  readonly end: number;
}

/** The declared return head alone, else all heads. */
export function returnHeads({ rewardHeads = ['reward'], returnHead }: Environment): ReturnHeads {
  if (returnHead === undefined) return { first: 0, end: rewardHeads.length };
  const head = rewardHeads.indexOf(returnHead);
  return { first: head, end: head + 1 };
}

/** What the return's heads have at rewards[offset … offset + H − 1], added up. */
export function sumHeads({ first, end }: ReturnHeads, rewards: ArrayLike<number>, offset: number): number {
  let sum = 0;
  for (let h = first; h < end; h++) sum += rewards[offset + h]!;
  return sum;
}

/** Mean reward of a step by head, of sums over `steps` at totals[offset … offset + H − 1]. Nothing where there is one head: its
 *  mean is that of the reward. */
export function headMeans(
  { rewardHeads = [] }: Environment,
  totals: Float64Array,
  offset: number,
  steps: number,
): { readonly heads?: Readonly<Record<string, number>> } {
  if (rewardHeads.length < 2) return {};
  return { heads: Object.fromEntries(rewardHeads.map((name, h) => [name, totals[offset + h]! / steps])) };
}

/** Means of the episode metrics, of sums over `episodes` at sums[offset … offset + M − 1], and the declared ratios of two of these
 *  means. A ratio is absent where it is no number, as with a denominator of 0; everything is where no episode ended. */
export function metricMeans(
  { episodeMetrics = [], ratioMetrics = {} }: Environment,
  sums: Float64Array,
  offset: number,
  episodes: number,
): Readonly<Record<string, number>> {
  if (episodes === 0) return {};
  const means: Record<string, number> = {};
  for (const [m, name] of episodeMetrics.entries()) means[name] = sums[offset + m]! / episodes;
  for (const [name, [numerator, denominator]] of Object.entries(ratioMetrics)) {
    const ratio = means[numerator]! / means[denominator]!;
    if (Number.isFinite(ratio)) means[name] = ratio;
  }
  return means;
}
