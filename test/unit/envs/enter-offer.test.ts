import { describe, expect, it } from 'vitest';
import { describeAction, type HierarchicalSpace } from '../../../src/spaces/index.js';
import { make, meansOfOneRound, started } from './rounds.js';

const ID = 'enter-offer-v1';

/** [cost, value, action, entryCost, gain, profit, sold], from the definition: gain = (p − c)·1{p ≤ v}, profit = gain − F. */
const TABLE: readonly (readonly [number, number, readonly number[], number, number, number, number])[] = [
  [0.25, 0.75, [1, 0.5], 0.125, 0.25, 0.125, 1],
  [0.25, 0.75, [1, 0.75], 0.125, 0.5, 0.375, 1],
  [0.25, 0.75, [1, 0.875], 0.125, 0, -0.125, 0],
  [0.25, 0.75, [0, 0], 0.125, 0, 0, 0],
  [0.5, 0.75, [1, 0.5], 0.0625, 0, -0.0625, 1],
  [0.75, 0.5, [1, 0.75], 0.0625, 0, -0.0625, 0],
  [0, 0, [1, 0], 0.5, 0, -0.5, 1],
  [0.25, 0.75, [1, 0.5], 0, 0.25, 0.25, 1],
  [0.25, 0.75, [1, 5], 1, 0, -1, 0],
];

function playRow(actions: 'hierarchical' | 'composite', [cost, value, action, entryCost]: (typeof TABLE)[number]) {
  const environment = make(ID, { actions, entryCost });
  // The second instance is another: what is written at the wrong place shows.
  const batch = started(environment, 2);
  batch.state.cost.set([cost, 0.5]);
  batch.state.value.set([value, 0.5]);
  batch.action[0].set(actions === 'hierarchical' ? action : action.slice(1));
  environment.step(batch, undefined as never);
  const width = environment.rewardHeads!.length;
  return {
    reward: [...batch.reward[0].subarray(0, width)],
    metric: [...batch.episodeMetric[0].subarray(0, 4)],
    terminated: [...batch.terminated],
    observation: [...batch.observation[0]],
  };
}

describe('enter-offer-v1', () => {
  it.each(TABLE)('with cost %d and value %d pays %j at entry cost %d as defined', (...row) => {
    const [cost, , [enter, price], , gain, profit, sold] = row;
    expect(playRow('hierarchical', row)).toEqual({
      reward: [profit, gain],
      metric: [enter, sold, sold * price, profit],
      terminated: [1, 1],
      observation: [cost, 0.5],
    });
  });

  it.each(TABLE.filter(([, , [, price]]) => price !== 0))(
    'with cost %d and value %d pays the same action as one number (%j, entry cost %d)',
    (...row) => {
      const [, , [enter, price], , , profit, sold] = row;
      const { reward, metric } = playRow('composite', row);
      expect(reward).toEqual([profit]);
      expect(metric).toEqual([enter, sold, sold * price, profit]);
    },
  );

  it('takes a composite action of 0 for passing, whatever the cost', () => {
    expect(playRow('composite', [0, 0.5, [0, 0], 0.5, 0, 0, 0]).reward).toEqual([0]);
  });

  it('pays the decision by the profit and the price by the gain', () => {
    const { agents, rewardHeads, returnHead, ratioMetrics } = make(ID);
    const space = agents[0].actionSpace as HierarchicalSpace;
    expect(space.levels.map(({ name, reward }) => [name, reward])).toEqual([
      ['enter', 'enter'],
      ['price', 'price'],
    ]);
    expect([rewardHeads, returnHead]).toEqual([['enter', 'price'], 'enter']);
    expect(ratioMetrics).toEqual({ saleRate: ['sold', 'entered'], salePrice: ['revenue', 'sold'] });
    expect(describeAction(space, [1, 0.5])).toEqual({ enter: 1, price: 0.5 });
    expect(describeAction(space, [0, 0])).toEqual({ enter: 0, price: null });
    expect(make(ID, { actions: 'composite' }).rewardHeads).toEqual(['profit']);
  });

  it('draws costs and values evenly and apart, the value unseen', () => {
    const batch = started(make(ID), 20_000);
    const { cost, value } = batch.state;
    const covariance = [...cost].reduce((sum, c, b) => sum + (c - 0.5) * (value[b] - 0.5), 0) / 20_000;
    for (const drawn of [cost, value]) {
      for (const quarter of [0.25, 0.5, 0.75]) {
        expect(drawn.filter((x) => x < quarter).length / 20_000).toBeCloseTo(quarter, 1.5);
      }
      expect(Math.max(...drawn)).toBeLessThan(1);
    }
    expect(Math.abs(covariance)).toBeLessThan(0.002);
    expect([...batch.observation[0]]).toEqual([...cost]);
  });

  it.each([0, 0.04, 0.16, 0.36])('is worth 1/12 − F + 4/3·F^1.5 to who plays the optimum, at F = %d', (entryCost) => {
    const { reward, metric } = meansOfOneRound(make(ID, { entryCost }), ({ action, observation }, b) => {
      const cost = observation[0][b];
      if (cost < 1 - 2 * Math.sqrt(entryCost)) action[0].set([1, (1 + cost) / 2], b * 2);
    });
    const expected = entryCost < 0.25 ? 1 / 12 - entryCost + (4 / 3) * entryCost ** 1.5 : 0;
    expect(Math.abs(reward[0] - expected)).toBeLessThan(0.002);
    expect(metric[0]).toBeCloseTo(Math.max(0, 1 - 2 * Math.sqrt(entryCost)), 2);
  });

  it('is worth 1/36 − F/2 to who tosses a coin and draws the price between cost and 1', () => {
    const { reward } = meansOfOneRound(make(ID), ({ action, observation }, b, random) => {
      const cost = observation[0][b];
      const enter = random.integer(2);
      action[0].set([enter, enter * (cost + (1 - cost) * random.uniform())], b * 2);
    });
    expect(Math.abs(reward[1] - 1 / 36)).toBeLessThan(0.001);
    expect(Math.abs(reward[0] - (1 / 36 - 0.02))).toBeLessThan(0.001);
  });

  it('shows the optimum beside the line of costs', () => {
    const line = (options: object) => make(ID, options).profiles![0];
    const { points, observations, element, reference } = line({});
    expect([points.length, points[0], points[40], observations[10], element]).toEqual([41, 0, 1, [0.25], 1]);
    expect(reference!.quantity![10]).toBe(0.625);
    // Enter below 0.6, where nothing is earned either way.
    expect(points.filter((_, k) => reference!.participation![k] === 1).at(-1)).toBe(0.575);
    expect(reference!.quantity!.slice(23, 26)).toEqual([0.7875, null, null]);
    expect(line({ actions: 'composite' }).element).toBe(0);
    expect(line({ entryCost: 0.25 }).reference!.participation).toEqual(new Array(41).fill(0));
  });

  it.each([
    [{ actions: 'discrete' }, '/actions'],
    [{ entryCost: -0.01 }, '/entryCost'],
    [{ entryCost: 1.01 }, '/entryCost'],
    [{ entryCosts: 0 }, ''],
  ])('refuses the options %j', (options, pointer) => {
    const named = expect.objectContaining({ pointer: expect.stringContaining(pointer) });
    expect(() => make(ID, options)).toThrow(
      expect.objectContaining({
        code: 'ENV_OPTIONS_INVALID',
        data: expect.objectContaining({ faults: expect.arrayContaining([named]) }),
      }),
    );
  });
});
