import { describe, expect, test } from 'vitest';
import { example } from './learn.js';
import { learnSeller } from './seller.js';

// Optimum: p* = (1 + c)/2, which earns 1/12. The first prices are hardly above cost.
describe('examples/posted-price.json', () => {
  test.each([1, 2, 3])('seed %i: half way between the cost and 1', async (seed) => {
    const { evaluations, conduct } = await learnSeller(example('posted-price'), seed);
    const { points, mean } = evaluations[0]!.profiles![0]!;
    points.forEach((cost, i) => {
      expect(mean[i]! - cost).toBeLessThan(0.15);
    });
    expect(conduct.priceError).toBeLessThan(0.03);
    expect(conduct.value).toBeGreaterThan(0.97 / 12);
    expect(conduct.sampledValue).toBeGreaterThan(0.96 / 12);
  });
});
