import { expect, test } from 'vitest';
import { playMany, zeroIntelligence } from '../helpers/envs/double-auction.js';
import { learnByIterations, metricAlong } from './iterations.js';
import { example } from './learn.js';

// Ten buyers and ten sellers at one price, each kept by the action space from quoting beyond its own value.
test('examples/market.json: nearly all gains, played by modes and by sampled quotes', async () => {
  const { iterations, evaluations } = await learnByIterations(example('market'), 1);
  const sampled = metricAlong(iterations, 'buyer-0', 'efficiency');
  const byModes = metricAlong(evaluations, 'buyer-0', 'efficiency');
  expect(sampled[0]).toBeLessThan(0.5);
  expect(byModes[0]).toBeLessThan(0.1);
  expect(sampled.at(-1)).toBeGreaterThan(0.95);
  expect(byModes.at(-1)).toBeGreaterThan(0.95);
});

test('zero intelligence gains a third with the reservation, and nothing without', () => {
  const market = { buyers: 10, sellers: 10 };
  const { efficiency } = playMany(market, 20_000, () => zeroIntelligence);
  expect(Math.abs(efficiency - 0.374)).toBeLessThan(0.01);
  const free = playMany({ ...market, reservation: false }, 20_000, () => zeroIntelligence);
  expect(Math.abs(free.efficiency)).toBeLessThan(0.02);
});
