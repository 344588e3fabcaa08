import { describe, expect, it } from 'vitest';
import { contains, observed } from '../../../src/spaces/index.js';
import { make, meansOfOneRound, started } from './rounds.js';

const ID = 'posted-price-v1';

describe('posted-price-v1', () => {
  it.each([
    // cost, value, price, profit = (p − c)·1{p ≤ v}, sold
    [0.25, 0.75, 0.5, 0.25, 1],
    [0.25, 0.75, 0.75, 0.5, 1],
    [0.25, 0.75, 0.875, 0, 0],
    [0.5, 0.75, 0.5, 0, 1],
    [0.75, 0.5, 0.75, 0, 0],
    [0.75, 0.5, 0.25, -0.5, 1],
    [0.5, 0.25, -1, -1.5, 1],
  ])('with cost %d, value %d and price %d pays %d', (cost, value, price, profit, sold) => {
    const environment = make(ID, { reservation: false });
    const batch = started(environment, 2);
    batch.state.cost.set([0.5, cost]);
    batch.state.value.set([0.5, value]);
    batch.action[0].set([0, price]);
    environment.step(batch, undefined as never);
    expect(batch.reward[0][1]).toBe(profit);
    expect([...batch.episodeMetric[0].subarray(3)]).toEqual([sold, sold * price, profit]);
    expect([...batch.terminated]).toEqual([1, 1]);
    expect(batch.observation[0][1]).toBe(cost);
  });

  it('bounds prices by the cost, unless it is told not to', () => {
    const row = { values: [0.5], offset: 0 };
    const [bounded, free] = [make(ID), make(ID, { reservation: false })].map(({ agents }) => agents[0].actionSpace);
    expect(bounded).toMatchObject({ low: observed(0) });
    expect([0.5, 0.25].map((price) => contains(bounded, [price], 0, row))).toEqual([true, false]);
    expect([0.5, 0.25].map((price) => contains(free, [price], 0, row))).toEqual([true, true]);
  });

  it('draws costs and values evenly and apart', () => {
    const { cost, value } = started(make(ID), 20_000).state;
    for (const drawn of [cost, value]) {
      for (const quarter of [0.25, 0.5, 0.75]) {
        expect(drawn.filter((x) => x < quarter).length / 20_000).toBeCloseTo(quarter, 1.5);
      }
    }
    const covariance = [...cost].reduce((sum, c, b) => sum + (c - 0.5) * (value[b] - 0.5), 0) / 20_000;
    expect(Math.abs(covariance)).toBeLessThan(0.002);
  });

  it('is worth 1/12 at the best price, which sells a quarter of the time', () => {
    const { reward, metric } = meansOfOneRound(make(ID), ({ action, observation }, b) => {
      action[0][b] = (1 + observation[0][b]) / 2;
    });
    expect(Math.abs(reward[0] - 1 / 12)).toBeLessThan(0.001);
    expect(metric[0]).toBeCloseTo(0.25, 2);
  });

  it('is worth 1/18 to who draws the price between cost and 1', () => {
    const { reward } = meansOfOneRound(make(ID), ({ action, observation }, b, random) => {
      action[0][b] = observation[0][b] + (1 - observation[0][b]) * random.uniform();
    });
    expect(Math.abs(reward[0] - 1 / 18)).toBeLessThan(0.001);
  });

  it('loses −0.684 to standard normal prices', () => {
    const { reward } = meansOfOneRound(make(ID, { reservation: false }), ({ action }, b, random) => {
      action[0][b] = random.normal();
    });
    expect(Math.abs(reward[0] - -0.6835)).toBeLessThan(0.01);
  });

  it('shows the best price beside the line of costs', () => {
    const { points, reference, element } = make(ID).profiles![0];
    expect([points[20], reference!.quantity![20], reference!.participation, element]).toEqual([
      0.5,
      0.75,
      undefined,
      0,
    ]);
  });

  it('refuses other options', () => {
    expect(() => make(ID, { reservation: 1 })).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
  });
});
