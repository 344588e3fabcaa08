import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment } from '../../../src/envs/index.js';
import { doubleAuction } from '../../helpers/envs/double-auction.js';

const DRAWS = 200_000;

/** What one buyer's and one seller's values are over many episodes. */
function draw(buyerValues: object, sellerCosts: object): readonly [Float32Array, Float32Array] {
  const environment = createEnvironment(doubleAuction, { buyerValues, sellerCosts, priceRange: 'unbounded' });
  const batch = createBatch(environment, DRAWS);
  const list = Int32Array.from({ length: DRAWS }, (_, b) => b);
  environment.reset(batch, list, DRAWS, new RandomStream(11, 'test'));
  return [batch.observation[0]!, batch.observation[1]!];
}

/** The greatest distance between the draws' distribution function and another: the Kolmogorov–Smirnov statistic. */
function distance(values: Float32Array, distribution: (x: number) => number): number {
  const sorted = values.slice().sort();
  return sorted.reduce((most, x, i) => Math.max(most, Math.abs((i + 0.5) / DRAWS - distribution(x))), 0);
}
/** Draws of the distribution itself are farther away once in a million times: √(−½ ln(½ · 10⁻⁶) / DRAWS). */
const LIMIT = Math.sqrt(-Math.log(0.5e-6) / 2 / DRAWS);

/** ∫ of the normal density from low to x over that from low to high, by the trapezoidal rule. */
function truncated(mean: number, deviation: number, low: number, high: number): (x: number) => number {
  const area = (to: number): number => {
    const steps = 2000;
    const width = (to - low) / steps;
    const density = (x: number): number => Math.exp(-(((x - mean) / deviation) ** 2) / 2);
    let total = (density(low) + density(to)) / 2;
    for (let k = 1; k < steps; k++) total += density(low + k * width);
    return total * width;
  };
  const grid = Array.from({ length: 1001 }, (_, k) => area(low + ((high - low) * k) / 1000) / area(high));
  return (x) => {
    const at = Math.min(999, Math.floor(((x - low) / (high - low)) * 1000));
    const fraction = ((x - low) / (high - low)) * 1000 - at;
    return grid[at]! + (grid[at + 1]! - grid[at]!) * fraction;
  };
}

describe('private values', () => {
  it('are uniform between their own bounds', () => {
    const [values, costs] = draw({ kind: 'uniform', low: 2, high: 4 }, { kind: 'uniform', low: -1, high: 0 });
    expect(distance(values, (x) => (x - 2) / 2)).toBeLessThan(LIMIT);
    expect(distance(costs, (x) => x + 1)).toBeLessThan(LIMIT);
  });

  it('are normal between their bounds', () => {
    const [values, costs] = draw(
      { kind: 'truncatedNormal', mean: 0.5, deviation: 0.25, low: 0, high: 1 },
      { kind: 'truncatedNormal', mean: 1, deviation: 0.5, low: 0, high: 0.5 },
    );
    expect(distance(values, truncated(0.5, 0.25, 0, 1))).toBeLessThan(LIMIT);
    expect(distance(costs, truncated(1, 0.5, 0, 0.5))).toBeLessThan(LIMIT);
  });

  it('are one of a list, by weight or all alike', () => {
    const [values, costs] = draw(
      { kind: 'discrete', values: [1, 2, 3], weights: [3, 0, 1] },
      { kind: 'discrete', values: [0.5, 0.25] },
    );
    const share = (list: Float32Array, value: number) => list.filter((drawn) => drawn === value).length / DRAWS;
    expect(share(values, 1) + share(values, 3)).toBe(1);
    expect(Math.abs(share(values, 1) - 0.75)).toBeLessThan(0.005);
    expect(share(costs, 0.5) + share(costs, 0.25)).toBe(1);
    expect(Math.abs(share(costs, 0.5) - 0.5)).toBeLessThan(0.006);
  });

  it('are independent of each other and drawn anew for every episode', () => {
    const [values, costs] = draw({ kind: 'uniform', low: 0, high: 1 }, { kind: 'uniform', low: 0, high: 1 });
    let product = 0;
    let next = 0;
    for (let b = 0; b < DRAWS; b++) {
      product += ((values[b]! - 0.5) * (costs[b]! - 0.5)) / DRAWS;
      next += ((values[b]! - 0.5) * (values[(b + 1) % DRAWS]! - 0.5)) / DRAWS;
    }
    // Five standard deviations of a mean of products: 1 / 12 / √DRAWS each.
    expect(Math.abs(product)).toBeLessThan(5 / 12 / Math.sqrt(DRAWS));
    expect(Math.abs(next)).toBeLessThan(5 / 12 / Math.sqrt(DRAWS));
  });
});
