import type { Points } from './thin.js';

/** Share of the x axis that the strongest smoothing looks back over. */
const WIDEST = 0.15;

/** An exponential moving average over x: what lies d before weighs exp(−d / τ), τ = WIDEST · strength² · (x_n − x_1). It is of
 *  distances and not of points, so that thinning a curve out hardly moves it, and it begins at the first value without a bias.
 *  `strength` is 0 (as it is) to 1. */
export function smooth({ x, y }: Points, strength: number): number[] {
  const span = (x[x.length - 1] ?? 0) - (x[0] ?? 0);
  const reach = WIDEST * strength * strength * span;
  if (!(reach > 0)) return [...y];
  const smoothed: number[] = [];
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < x.length; i++) {
    const decay = i === 0 ? 0 : Math.exp(-(x[i]! - x[i - 1]!) / reach);
    sum = decay * sum + y[i]!;
    weight = decay * weight + 1;
    smoothed.push(sum / weight);
  }
  return smoothed;
}
