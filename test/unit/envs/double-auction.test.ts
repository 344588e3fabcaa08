import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment } from '../../../src/envs/index.js';
import { binary, box, composite, hierarchical, observed } from '../../../src/spaces/index.js';
import { doubleAuction, playRound } from '../../helpers/envs/double-auction.js';

const create = (options = {}) => createEnvironment(doubleAuction, options);
const gains = (...args: Parameters<typeof playRound>) => playRound(...args).metrics.map(({ gain }) => gain);

/** Values, costs, bids, asks; then the trades and their price, and what each trader gains. All written out by hand. */
const UNIFORM_PRICE: readonly (readonly [
  what: string,
  values: number[],
  costs: number[],
  bids: number[],
  asks: number[],
  gains: number[],
])[] = [
  ['one pair trades half way', [0.75], [0.125], [0.625], [0.375], [0.25, 0.375]],
  ['one pair trades at equal quotes', [0.75], [0.25], [0.5], [0.5], [0.25, 0.25]],
  ['one pair does not trade where the bid is below the ask', [0.75], [0.25], [0.4375], [0.5], [0, 0]],
  ['the better half of four trades', [1, 0.5], [0.75, 0.125], [0.875, 0.5], [0.75, 0.25], [0.4375, 0, 0, 0.4375]],
  ['everybody trades at one price', [1, 1.25], [0.5, 0], [0.75, 1], [0.5, 0.25], [0.375, 0.625, 0.125, 0.625]],
  ['nobody trades', [0.5, 0.25], [0.75, 1], [0.5, 0.25], [0.75, 1], [0, 0, 0, 0]],
  ['the lowest of three asks trades', [1], [0.25, 0.125, 0.5], [0.75], [0.5, 0.25, 0.625], [0.5, 0, 0.375, 0]],
  ['the highest of three bids trades', [0.5, 1, 0.75], [0.125], [0.5, 0.875, 0.75], [0.25], [0, 0.4375, 0, 0.4375]],
  ['the marginal pair sets the price of all', [2, 1], [0, 0.5], [2, 0.75], [0, 0.5], [1.375, 0.375, 0.625, 0.125]],
  ['quotes beyond the value lose', [0.25], [0.75], [0.75], [0.25], [-0.25, -0.25]],
  ['negative prices are prices', [-0.25], [-1], [-0.5], [-0.75], [0.375, 0.375]],
];

describe('the uniform-price mechanism', () => {
  it.each(UNIFORM_PRICE)('%s', (_, values, costs, bids, asks, expected) => {
    const options = { reservation: false, priceRange: 'unbounded' };
    const { rewards, metrics } = playRound(options, values, costs, [...bids, ...asks]);
    expect(metrics.map(({ gain }) => gain)).toEqual(expected);
    expect(rewards).toEqual(expected.map((gain) => [gain]));
  });

  it.each([
    // Chance has one place for three bids; the fourth is better than they are.
    [
      [0.5, 0.5, 0.75, 0.5],
      [0.25, 0.25],
      [1 / 3, 1 / 3, 1, 1 / 3, 1, 1],
    ],
    [
      [0.5, 0.75],
      [0.25, 0.25, 0.25],
      [1, 1, 2 / 3, 2 / 3, 2 / 3],
    ],
    // Equal on both sides: four bids for three asks at one price.
    [
      [0.5, 0.5, 0.5, 0.5],
      [0.5, 0.5, 0.5],
      [0.75, 0.75, 0.75, 0.75, 1, 1, 1],
    ],
  ])('draws lots among equal quotes: bids %j, asks %j', (bids, asks, shares) => {
    const trades = tradeShares({ buyers: bids.length, sellers: asks.length }, [...bids, ...asks]);
    shares.forEach((share, i) => expect(Math.abs(trades[i]! - share)).toBeLessThan(0.03));
  });

  it('draws nothing where no lot is needed', () => {
    const environment = create({ buyers: 3, sellers: 3 });
    const batch = createBatch(environment, 8);
    const random = new RandomStream(1, 'test');
    batch.action.forEach((action, i) => action.fill((5 - i) / 8));
    environment.step(batch, random);
    expect(batch.episodeMetric[0]![1]).toBe(1);
    expect(random.block).toBe(0);
  });
});

describe('the bilateral mechanism', () => {
  const bilateral = { mechanism: 'bilateral' };

  it('lets one pair trade half way', () => {
    expect(gains(bilateral, [0.75], [0.125], [0.625, 0.375])).toEqual([0.25, 0.375]);
    expect(gains(bilateral, [0.75], [0.125], [0.5, 0.5])).toEqual([0.25, 0.375]);
    expect(gains(bilateral, [0.75], [0.25], [0.4375, 0.5])).toEqual([0, 0]);
  });

  it('meets buyers and sellers in each of the ways equally often', () => {
    const two = { ...bilateral, buyers: 2, sellers: 2 };
    // Only buyer 0 and seller 1 fit together.
    const [a, b, c, d] = tradeShares(two, [0.75, 0.25, 0.875, 0.5]);
    expect([b, c]).toEqual([0, 0]);
    expect(a).toBe(d);
    expect(Math.abs(a! - 1 / 2)).toBeLessThan(0.03);
    const more = tradeShares({ ...bilateral, buyers: 2, sellers: 5 }, [1, 1, 0, 0, 0, 0, 0]);
    expect(more.slice(0, 2)).toEqual([1, 1]);
    for (const share of more.slice(2)) expect(Math.abs(share - 2 / 5)).toBeLessThan(0.03);
    const fewer = tradeShares({ ...bilateral, buyers: 3, sellers: 1 }, [1, 1, 1, 0]);
    expect(fewer[3]).toBe(1);
    for (const share of fewer.slice(0, 3)) expect(Math.abs(share - 1 / 3)).toBeLessThan(0.03);
  });

  it('pays every pair its own price', () => {
    const seen = new Set<string>();
    const random = new RandomStream(2, 'test');
    for (let t = 0; t < 40; t++) {
      seen.add(JSON.stringify(gains(bilateral, [1, 1], [0, 0], [1, 0.5, 0, 0.25], random)));
    }
    expect([...seen].sort()).toEqual(['[0.375,0.75,0.25,0.625]', '[0.5,0.625,0.5,0.375]']);
  });

  it('meets whoever passes, and then nobody trades', () => {
    const shares = tradeShares({ ...bilateral, buyers: 1, sellers: 2, actions: 'composite' }, [1, 0.25, 0]);
    expect(Math.abs(shares[0]! - 1 / 2)).toBeLessThan(0.03);
    expect(shares[2]).toBe(0);
  });
});

describe('the actions of double-auction-v1', () => {
  it('quotes a price that keeps to the value or cost', () => {
    const { agents, rewardHeads, returnHead } = create();
    expect(agents).toEqual([
      {
        id: 'buyer',
        observationSpace: box(1, { low: 0, high: 1 }),
        actionSpace: box(1, { low: 0, high: observed(0) }),
      },
      {
        id: 'seller',
        observationSpace: box(1, { low: 0, high: 1 }),
        actionSpace: box(1, { low: observed(0), high: 1 }),
      },
    ]);
    expect([rewardHeads, returnHead]).toEqual([undefined, undefined]);
    expect(create({ buyers: 2, sellers: 1 }).agents.map(({ id }) => id)).toEqual(['buyer-0', 'buyer-1', 'seller-0']);
  });

  it.each([
    [{ reservation: false }, box(1, { low: 0, high: 1 }), box(1, { low: 0, high: 1 })],
    [{ reservation: false, priceRange: 'unbounded' }, box(1), box(1)],
    [{ priceRange: 'unbounded' }, box(1, { high: observed(0) }), box(1, { low: observed(0) })],
    [{ priceRange: [-1, 2] }, box(1, { low: -1, high: observed(0) }), box(1, { low: observed(0), high: 2 })],
    [
      { sellerCosts: { kind: 'discrete', values: [3, 0.5] }, reservation: false },
      ...twice(box(1, { low: 0, high: 3 })),
    ],
    [{ actions: 'composite' }, composite('buyer', observed(0)), composite('seller', observed(0))],
  ])('with %j has its own spaces', (options, buyer, seller) => {
    expect(create(options).agents.map(({ actionSpace }) => actionSpace)).toEqual([buyer, seller]);
  });

  it('decides whether to trade, then the price, each level paid by its head', () => {
    const { agents, rewardHeads, returnHead } = create({ actions: 'hierarchical' });
    const levels = (price: ReturnType<typeof box>) =>
      hierarchical([
        { name: 'trade', space: binary(), reward: 'trade' },
        { name: 'price', space: price, when: { level: 'trade', is: [1] }, reward: 'price' },
      ]);
    expect(agents.map(({ actionSpace }) => actionSpace)).toEqual([
      levels(box(1, { low: 0, high: observed(0) })),
      levels(box(1, { low: observed(0), high: 1 })),
    ]);
    expect([rewardHeads, returnHead]).toEqual([['trade', 'price'], 'trade']);
  });

  it('charges who takes part, to the head of that decision alone', () => {
    const options = { actions: 'hierarchical', participationCost: 0.0625 };
    const play = (...actions: (readonly number[])[]) => playRound(options, [0.75], [0.125], actions).rewards;
    expect(play([1, 0.625], [1, 0.375])).toEqual([
      [0.1875, 0.25],
      [0.3125, 0.375],
    ]);
    expect(play([1, 0.25], [1, 0.375])).toEqual([
      [-0.0625, 0],
      [-0.0625, 0],
    ]);
    expect(play([1, 0.625], [0, 0])).toEqual([
      [-0.0625, 0],
      [0, 0],
    ]);
  });

  it('charges every quote where everybody quotes', () => {
    expect(playRound({ participationCost: 0.0625 }, [0.75], [0.125], [0.625, 0.375]).rewards).toEqual([
      [0.1875],
      [0.3125],
    ]);
  });

  it('takes a composite 0 as a pass, on either side', () => {
    const options = { actions: 'composite', participationCost: 0.0625 };
    const play = (bid: number, ask: number) => playRound(options, [0.75], [-0.5], [bid, ask]);
    expect(play(0.5, -0.25).rewards).toEqual([[0.5625], [0.5625]]);
    expect(play(0, -0.25).rewards).toEqual([[0], [-0.0625]]);
    expect(play(0.5, 0).rewards).toEqual([[-0.0625], [0]]);
    expect(play(0, 0).metrics.map(({ offers }) => offers)).toEqual([0, 0]);
  });
});

describe('the instances of double-auction-v1', () => {
  it.each([
    ['price', [[0.625], [0.25], [0.75]], [[0.375], [0.375], [0.5]], [0.25, 0, 0.125]],
    ['composite', [[0], [0.625], [0.75]], [[0.375], [0.375], [0.5]], [0, 0.25, 0.125]],
    ['hierarchical', twoLevels([0, 0.625, 0.75]), twoLevels([0.375, 0.375, 0]), [0, 0.25, 0]],
  ])('are apart with %s actions', (actions, bids, asks, expected) => {
    const environment = create({ actions });
    const batch = createBatch(environment, 3);
    for (let b = 0; b < 3; b++) batch.state.values!.set([0.75, 0.125], b * 2);
    batch.action[0]!.set(bids.flat());
    batch.action[1]!.set(asks.flat());
    environment.step(batch, new RandomStream(1, 'test'));
    const heads = environment.rewardHeads?.length ?? 1;
    expect([0, 1, 2].map((b) => batch.reward[0]![b * heads])).toEqual(expected);
    const width = environment.episodeMetrics!.length;
    expect([0, 1, 2].map((b) => batch.episodeMetric[0]![b * width + 2])).toEqual(expected);
  });
});

describe('the metrics of double-auction-v1', () => {
  it('compares with the first best and the price that clears the market', () => {
    // First best: 1 − 0.125 and 0.75 − 0.25, two trades; prices from 0.25 to 0.5 (the third ask) clear the market: 0.375.
    const { metrics } = playRound({}, [0.75, 1], [0.25, 0.5, 0.125], [0.25, 0.75, 0.375, 0.75, 0.25]);
    // One trade, at (0.75 + 0.25) / 2.
    const market = { marketGain: 0.875, possibleGain: 1.375 };
    const idle = { offers: 1, trades: 0, gain: 0, priceDeviation: 0, ...market };
    expect(metrics).toEqual([
      { ...idle, sideGain: 0.5 },
      { offers: 1, trades: 1, gain: 0.5, sideGain: 0.5, priceDeviation: 0.125, ...market },
      { ...idle, sideGain: 0.375 },
      { ...idle, sideGain: 0.375 },
      { offers: 1, trades: 1, gain: 0.375, sideGain: 0.375, priceDeviation: 0.125, ...market },
    ]);
  });

  it.each([
    ['the first who is left out bounds the price', [1, 0.875], [0], [1, 0.875, 0], 0.9375 - 0.5],
    ['without gains to be had the price is between value and cost', [0.25], [0.75], [0.5, 0.5], 0],
  ])('%s', (_, values, costs, quotes, deviation) => {
    const { metrics } = playRound({ reservation: false }, values, costs, quotes);
    expect(metrics[0]).toMatchObject({ trades: 1, priceDeviation: deviation });
  });

  it('declares ratios that reports make of them', () => {
    expect(create().ratioMetrics).toEqual({
      efficiency: ['marketGain', 'possibleGain'],
      sideShare: ['sideGain', 'possibleGain'],
      priceDeviationPerTrade: ['priceDeviation', 'trades'],
    });
  });
});

describe('a round of double-auction-v1', () => {
  it('is an episode: it terminates, shows the same values, and tells critics all of them', () => {
    const environment = create({ buyers: 2, sellers: 3, buyerValues: { kind: 'uniform', low: 5, high: 6 } });
    const batch = createBatch(environment, 3);
    environment.reset(batch, Int32Array.of(0, 1, 2), 3, new RandomStream(4, 'test'));
    const seen = batch.observation.map((row) => [...row]);
    for (let b = 0; b < 3; b++)
      expect([...batch.globalState.subarray(b * 5, b * 5 + 5)]).toEqual(seen.map((o) => o[b]));
    for (const row of [...batch.observation, batch.globalState]) row.fill(-1);
    environment.step(batch, new RandomStream(4, 'test'));
    expect(batch.observation.map((row) => [...row])).toEqual(seen);
    expect([...batch.globalState.subarray(10)]).toEqual(seen.map((o) => o[2]));
    expect([...batch.terminated, ...batch.truncated]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(environment.globalState).toEqual(box(5, { low: [5, 5, 0, 0, 0], high: [6, 6, 1, 1, 1] }));
  });
});

describe('the options of double-auction-v1', () => {
  const uniform = (low: number, high: number) => ({ kind: 'uniform', low, high });
  it.each([
    [{ buyers: 0 }, '/buyers'],
    [{ sellers: 257 }, '/sellers'],
    [{ participationCost: -1 }, '/participationCost'],
    [{ buyerValues: uniform(1, 1) }, '/buyerValues/high'],
    [{ sellerCosts: uniform(1, 1 + 1e-12) }, '/sellerCosts/high'],
    [{ buyerValues: { kind: 'discrete', values: [1, 2], weights: [1] } }, '/buyerValues/weights'],
    [{ buyerValues: { kind: 'discrete', values: [1, 2], weights: [0, 0] } }, '/buyerValues/weights'],
    [{ buyerValues: { kind: 'truncatedNormal', mean: 0, deviation: 1, low: 3, high: 9 } }, '/buyerValues/mean'],
    [{ buyerValues: { kind: 'truncatedNormal', mean: 0, deviation: 1, low: 0, high: 0.25 } }, '/buyerValues/mean'],
    [{ priceRange: [1, 0], reservation: false }, '/priceRange'],
    [{ priceRange: [0.25, 1] }, '/priceRange'],
    [{ priceRange: [0, 0.75] }, '/priceRange'],
    [{ buyerValues: { kind: 'discrete', values: [1] }, sellerCosts: { kind: 'discrete', values: [1] } }, '/priceRange'],
    [{ actions: 'composite', reservation: false }, '/reservation'],
    [{ actions: 'composite', priceRange: [0, 1] }, '/priceRange'],
  ])('refuses %j', (options, pointer) => {
    expect(() => create(options)).toThrow(
      expect.objectContaining({
        code: 'ENV_OPTIONS_INVALID',
        data: expect.objectContaining({ faults: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
      }),
    );
  });

  it.each([
    [{ priceRange: [0.25, 0.75], reservation: false }],
    [{ buyerValues: { kind: 'discrete', values: [0.1] }, priceRange: [0.1, 1], sellerCosts: uniform(0.1, 0.9) }],
    [{ buyerValues: { kind: 'discrete', values: [1] }, sellerCosts: { kind: 'discrete', values: [0] } }],
  ])('accepts %j', (options) => {
    expect(create(options).agents).toHaveLength(2);
  });
});

/** Actions of whether to trade, at what price; 0 passes. */
function twoLevels(prices: readonly number[]): number[][] {
  return prices.map((price) => [price === 0 ? 0 : 1, price]);
}

function twice<T>(value: T): [T, T] {
  return [value, value];
}

/** The share of rounds in which each trader trades, everybody's action being the same in all of them. */
function tradeShares(options: Readonly<Record<string, unknown>>, actions: readonly number[]): readonly number[] {
  const rounds = 4000;
  const environment = create(options);
  const batch = createBatch(environment, rounds);
  batch.action.forEach((action, i) => action.fill(actions[i]!));
  environment.step(batch, new RandomStream(3, 'lots'));
  const width = environment.episodeMetrics!.length;
  return batch.episodeMetric.map(
    (metric) => metric.reduce((sum, value, at) => (at % width === 1 ? sum + value : sum), 0) / rounds,
  );
}
