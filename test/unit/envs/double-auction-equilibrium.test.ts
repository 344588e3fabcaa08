import { describe, expect, it } from 'vitest';
import { equilibriumAsk, equilibriumBid } from '../../../src/envs/double-auction/equilibrium.js';
import { createEnvironment } from '../../../src/envs/index.js';
import { doubleAuction, playMany, truthful, zeroIntelligence } from '../../helpers/envs/double-auction.js';
import { buyerGap, sellerGap } from '../../helpers/envs/double-auction-best-response.js';

const profilesOf = (options = {}) => createEnvironment(doubleAuction, options).profiles!;

describe('the linear equilibrium', () => {
  it('is one: no bid or ask does better', () => {
    const buyer = buyerGap(equilibriumBid, equilibriumAsk);
    const seller = sellerGap(equilibriumAsk, equilibriumBid);
    for (const { gap, gain } of [buyer, seller]) {
      expect(gap).toBeGreaterThanOrEqual(0);
      expect(gap).toBeLessThan(5e-4);
      expect(gain).toBeCloseTo(9 / 128, 3);
    }
  });

  it('is told from other strategies by what a best response gains', () => {
    const truth = (value: number) => value;
    // Against the truth the best bid is 2v/3, which gains v²/3; the truth gains v²/4.
    expect(buyerGap(truth, truth).gap).toBeCloseTo(1 / 36, 3);
    expect(sellerGap(truth, truth).gap).toBeCloseTo(1 / 36, 3);
    expect(buyerGap((value) => (2 * value) / 3, truth).gap).toBeLessThan(5e-4);
    expect(buyerGap(() => null, truth)).toMatchObject({ gain: 0, gap: expect.closeTo(1 / 9, 3) });
    expect(buyerGap(equilibriumBid, () => null)).toEqual({ gain: 0, gap: 0 });
  });

  it('trades 9/32 of the time and leaves each 9/128', () => {
    const line = (agent: number) => (_: unknown, value: number) =>
      agent === 0 ? (equilibriumBid(value) ?? value) : (equilibriumAsk(value) ?? value);
    const { metrics, rewards, efficiency } = playMany({}, 1_000_000, line);
    for (const i of [0, 1]) {
      expect(Math.abs(metrics[i]!.trades! - 9 / 32)).toBeLessThan(0.002);
      expect(Math.abs(metrics[i]!.gain! - 9 / 128)).toBeLessThan(0.0006);
      expect(rewards[i]).toBeCloseTo(metrics[i]!.gain!, 9);
    }
    expect(Math.abs(efficiency - 27 / 32)).toBeLessThan(0.003);
  });
});

describe('known play', () => {
  it('gains 1/6 in all, half of the time, where both tell the truth', () => {
    const { metrics, efficiency } = playMany({}, 1_000_000, () => truthful);
    expect(Math.abs(metrics[0]!.trades! - 1 / 2)).toBeLessThan(0.002);
    expect(Math.abs(metrics[0]!.gain! - 1 / 12)).toBeLessThan(0.0006);
    expect(Math.abs(metrics[1]!.gain! - 1 / 12)).toBeLessThan(0.0006);
    expect(Math.abs(metrics[0]!.marketGain! - 1 / 6)).toBeLessThan(0.0008);
    expect(efficiency).toBeCloseTo(1, 9);
    expect(metrics[0]!.priceDeviation).toBeCloseTo(0, 9);
  });

  it('gains much more by zero intelligence with a reservation than without', () => {
    const ten = { buyers: 10, sellers: 10 };
    const constrained = playMany(ten, 20_000, () => zeroIntelligence);
    const free = playMany({ ...ten, reservation: false }, 20_000, () => zeroIntelligence);
    expect(constrained.efficiency).toBeGreaterThan(free.efficiency + 0.3);
    for (const { gain } of constrained.metrics) expect(gain).toBeGreaterThan(0);
  });
});

describe('the profiles of double-auction-v1', () => {
  it('are prices against values, with the equilibrium of one pair', () => {
    const [buyer, seller] = profilesOf();
    expect(buyer).toMatchObject({ agent: 'buyer', label: 'private value', element: 0, quantity: 'price' });
    expect(seller).toMatchObject({ agent: 'seller', label: 'private cost' });
    expect(buyer!.points).toHaveLength(41);
    expect(buyer!.observations).toEqual(buyer!.points.map((point) => [point]));
    const bids = buyer!.reference!.quantity!;
    const asks = seller!.reference!.quantity!;
    expect([bids[9], bids[10], bids[40]]).toEqual([null, 0.25, 0.75]);
    expect([asks[0], asks[30], asks[31]]).toEqual([0.25, 0.75, null]);
    expect(buyer!.reference!.participation).toBeUndefined();
    expect(bids.filter((bid, i) => bid !== null && bid > buyer!.points[i]! + 1e-12)).toEqual([]);
  });

  it('move with the unit of money', () => {
    const money = { kind: 'uniform', low: 10, high: 30 };
    const [buyer, seller] = profilesOf({ buyerValues: money, sellerCosts: money, reservation: false });
    expect([buyer!.points[10], buyer!.reference!.quantity![10]]).toEqual([15, 15]);
    expect([seller!.points[0], seller!.reference!.quantity![0]]).toEqual([10, 15]);
  });

  it('say that who can gain takes part', () => {
    for (const actions of ['hierarchical', 'composite']) {
      const [buyer] = profilesOf({ actions });
      expect(buyer!.element).toBe(actions === 'hierarchical' ? 1 : 0);
      expect(buyer!.reference!.participation!.slice(9, 11)).toEqual([null, 1]);
    }
  });

  it.each([
    { buyers: 2 },
    { sellers: 2 },
    { actions: 'hierarchical', participationCost: 0.1 },
    { buyerValues: { kind: 'uniform', low: 0, high: 2 } },
    { sellerCosts: { kind: 'truncatedNormal', mean: 0.5, deviation: 1, low: 0, high: 1 } },
  ])('say nothing of theory with %j', (options) => {
    expect(profilesOf(options).map(({ reference }) => reference)).toEqual([undefined, undefined]);
  });

  it('are of the first of each side, at the values that there are', () => {
    const buyerValues = { kind: 'discrete', values: [3, 1, 2, 1], weights: [1, 1, 0, 1] };
    const profiles = profilesOf({ buyers: 2, sellers: 3, buyerValues });
    expect(profiles.map(({ agent }) => agent)).toEqual(['buyer-0', 'seller-0']);
    expect(profiles[0]!.points).toEqual([1, 3]);
  });
});
