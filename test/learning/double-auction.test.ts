import { expect, test } from 'vitest';
import { example } from './learn.js';
import { learnPair, type TraderConduct } from './pair.js';

// The linear equilibrium of Chatterjee and Samuelson, b = 2v/3 + 1/12 and s = 2c/3 + 1/4: trades 9/32, gain 9/128 each.
function expectEquilibrium(conduct: readonly TraderConduct[]): void {
  for (const { error, trades, gain, gap } of conduct) {
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(trades - 9 / 32)).toBeLessThan(0.03);
    expect(Math.abs(gain - 9 / 128)).toBeLessThan(0.01);
    expect(gap).toBeLessThan(0.002);
  }
}

test.each([1, 2])('examples/double-auction.json, seed %i: without bounds, from quotes around 0', async (seed) => {
  const { evaluations, buyer, seller } = await learnPair(example('double-auction'), seed);
  for (const { mean } of evaluations[0]!.profiles!) {
    for (const quote of mean) expect(Math.abs(quote!)).toBeLessThan(0.15);
  }
  expectEquilibrium([buyer, seller]);
});

test('examples/double-auction-reservation.json: bounded by the value, from quotes below half the equilibrium’s', async () => {
  const { evaluations, buyer, seller } = await learnPair(example('double-auction-reservation'), 1);
  const [bids] = evaluations[0]!.profiles!;
  bids!.mean.forEach((quote, i) => {
    expect(quote).toBeLessThan(0.5 * (bids!.reference!.quantity![i] ?? 1));
  });
  expectEquilibrium([buyer, seller]);
});

// With a cost κ of quoting, κ ≤ 3/64, the same lines are an equilibrium between the lowest bid and the highest ask, b(v*) and
// s(1 − v*), and at these two beyond; buyers stay away below v* = ¼ + √(3κ), 0.423 here, sellers above 1 − v*.
test('examples/double-auction-hierarchical.json: stays away where it should', async () => {
  const cost = 0.01;
  const { evaluations, bid, ask, buyer, seller } = await learnPair(example('double-auction-hierarchical'), 1, cost);
  for (const { participation } of evaluations[0]!.profiles!) {
    for (const share of participation) expect(Math.abs(share - 0.5)).toBeLessThan(0.2);
  }
  for (const { away, shouldBeAway, astray, gap } of [buyer, seller]) {
    expect(astray).toBeLessThan(0.03);
    expect(Math.abs(away - shouldBeAway)).toBeLessThan(0.03);
    expect(Math.abs(away - (0.25 + Math.sqrt(3 * cost)))).toBeLessThan(0.1);
    expect(gap).toBeLessThan(0.005);
  }
  expect([bid(0.3), ask(0.75)]).toEqual([null, null]);
  expect([bid(0.6), ask(0.4)]).not.toContain(null);
});
