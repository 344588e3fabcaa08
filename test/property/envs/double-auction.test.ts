import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { playRound } from '../../helpers/envs/double-auction.js';

/** Sixteenths, of which sums and means are exact, and few, so that ties are common. */
const money = fc.integer({ min: -8, max: 24 }).map((sixteenths) => sixteenths / 16);
const market = (most: number) =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most })).chain(([n, m]) =>
    fc.record({
      values: fc.array(money, { minLength: n, maxLength: n }),
      costs: fc.array(money, { minLength: m, maxLength: m }),
      bids: fc.array(money, { minLength: n, maxLength: n }),
      asks: fc.array(money, { minLength: m, maxLength: m }),
      seed: fc.nat(),
    }),
  );
const FREE = { reservation: false, priceRange: 'unbounded' };
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The best that any set of disjoint pairs gains, by trying all of them. */
function bestPairing(values: readonly number[], costs: readonly number[]): number {
  const [first, ...rest] = values;
  if (first === undefined) return 0;
  const without = bestPairing(rest, costs);
  return costs.reduce(
    (best, cost, j) => Math.max(best, first - cost + bestPairing(rest, [...costs.slice(0, j), ...costs.slice(j + 1)])),
    without,
  );
}

/** The mechanism in the form of its definition. */
function uniformPrice(bids: readonly number[], asks: readonly number[]): { trades: number; price: number } {
  const b = [...bids].sort((x, y) => y - x);
  const s = [...asks].sort((x, y) => x - y);
  const trades = b.filter((bid, k) => k < s.length && bid >= s[k]!).length;
  return { trades, price: trades === 0 ? 0 : (b[trades - 1]! + s[trades - 1]!) / 2 };
}

describe('a round of double-auction-v1', () => {
  it('is the uniform-price mechanism of its definition', () => {
    fc.assert(
      fc.property(market(20), ({ values, costs, bids, asks, seed }) => {
        const { metrics } = playRound(FREE, values, costs, [...bids, ...asks], new RandomStream(seed, 'test'));
        const { trades, price } = uniformPrice(bids, asks);
        const buyers = metrics.slice(0, values.length);
        const sellers = metrics.slice(values.length);
        const traded = (side: typeof metrics) => side.flatMap((metric, i) => (metric.trades === 1 ? i : []));
        expect([traded(buyers).length, traded(sellers).length]).toEqual([trades, trades]);
        buyers.forEach(({ trades: one, gain }, i) => expect(gain).toBe(one === 1 ? values[i]! - price : 0));
        sellers.forEach(({ trades: one, gain }, i) => expect(gain).toBe(one === 1 ? price - costs[i]! : 0));
        // Nobody is passed over for a worse quote.
        const worstBid = Math.min(...traded(buyers).map((i) => bids[i]!));
        const worstAsk = Math.max(...traded(sellers).map((i) => asks[i]!));
        buyers.forEach(({ trades: one }, i) => expect(one === 1 || bids[i]! <= worstBid).toBe(true));
        sellers.forEach(({ trades: one }, i) => expect(one === 1 || asks[i]! >= worstAsk).toBe(true));
      }),
      { numRuns: 300 },
    );
  });

  it('shares out value − cost of whoever trades, by either mechanism', () => {
    fc.assert(
      fc.property(market(12), fc.constantFrom('uniform-price', 'bilateral'), (drawn, mechanism) => {
        const { values, costs, bids, asks, seed } = drawn;
        const options = { ...FREE, mechanism };
        const { metrics } = playRound(options, values, costs, [...bids, ...asks], new RandomStream(seed, 'test'));
        const made = sum(metrics.map(({ trades }, i) => trades! * (values[i] ?? -costs[i - values.length]!)));
        expect(sum(metrics.map(({ gain }) => gain!))).toBe(made);
        const sides = [metrics.slice(0, values.length), metrics.slice(values.length)];
        expect(sum(sides[0]!.map(({ trades }) => trades!))).toBe(sum(sides[1]!.map(({ trades }) => trades!)));
        for (const side of sides) {
          const sideGain = sum(side.map(({ gain }) => gain!));
          for (const metric of side) expect(metric).toMatchObject({ sideGain, marketGain: made });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds the gain of the best pairing, and a price that clears the market', () => {
    fc.assert(
      fc.property(market(4), ({ values, costs }) => {
        // Somebody trades with everybody's bid above everybody's ask: the deviation then tells the competitive price.
        const bids = values.map(() => 1000);
        const asks = costs.map(() => -3000);
        const { metrics } = playRound(FREE, values, costs, [...bids, ...asks]);
        expect(metrics[0]!.possibleGain).toBe(bestPairing(values, costs));
        const price = Math.max(...metrics.map(({ priceDeviation }) => priceDeviation!)) - 1000;
        const count = (list: readonly number[], fits: (number: number) => boolean) => list.filter(fits).length;
        expect(count(values, (v) => v > price)).toBeLessThanOrEqual(count(costs, (c) => c <= price));
        expect(count(costs, (c) => c < price)).toBeLessThanOrEqual(count(values, (v) => v >= price));
      }),
      { numRuns: 300 },
    );
  });

  it('is efficient where everybody says the truth, and no quote on the right side of a value loses', () => {
    fc.assert(
      fc.property(market(12), ({ values, costs, bids, asks, seed }) => {
        const honest = playRound(FREE, values, costs, [...values, ...costs], new RandomStream(seed, 'test'))
          .metrics[0]!;
        expect(honest.marketGain).toBe(honest.possibleGain);
        for (const mechanism of ['uniform-price', 'bilateral']) {
          const kept = [...bids.map((b, i) => Math.min(b, values[i]!)), ...asks.map((s, i) => Math.max(s, costs[i]!))];
          const { metrics } = playRound({ ...FREE, mechanism }, values, costs, kept, new RandomStream(seed, 'test'));
          for (const { gain } of metrics) expect(gain).toBeGreaterThanOrEqual(0);
          expect(metrics[0]!.marketGain).toBeLessThanOrEqual(metrics[0]!.possibleGain!);
        }
      }),
      { numRuns: 200 },
    );
  });
});
