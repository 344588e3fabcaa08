import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/envs/index.js';
import { box } from '../../../src/spaces/index.js';
import { headMeans, metricMeans, returnHeads, sumHeads } from '../../../src/training/agent-metrics.js';

const declaring = (reporting: Partial<Environment>): Environment => ({
  agents: [{ id: 'solo', observationSpace: box(1), actionSpace: box(1) }],
  state: {},
  reset() {},
  step() {},
  ...reporting,
});

describe('a return is', () => {
  test.each([
    ['the only head', {}, 2],
    ['all heads added up', { rewardHeads: ['a', 'b', 'c'] }, 2 + 4 + 8],
    ['the declared head', { rewardHeads: ['a', 'b', 'c'], returnHead: 'b' }, 4],
    ['the declared head, though it is the only one', { returnHead: 'reward' }, 2],
  ])('%s', (_, reporting, expected) => {
    expect(sumHeads(returnHeads(declaring(reporting)), [1, 2, 4, 8, 16], 1)).toBe(expected);
  });
});

describe('means by head', () => {
  const totals = Float64Array.of(9, 9, 3, 6);
  test.each([
    [['enter', 'price'], { heads: { enter: 1.5, price: 3 } }],
    [['enter'], {}],
    [undefined, {}],
  ])('of %o', (rewardHeads, expected) => {
    expect(headMeans(declaring(rewardHeads === undefined ? {} : { rewardHeads }), totals, 2, 2)).toEqual(expected);
  });
});

describe('metrics', () => {
  const environment = declaring({
    episodeMetrics: ['gain', 'possible'],
    ratioMetrics: { efficiency: ['gain', 'possible'] },
  });
  test.each([
    ['their means and the ratio of the means', [6, 8], 2, { gain: 3, possible: 4, efficiency: 0.75 }],
    ['no ratio to a mean of 0', [6, 0], 2, { gain: 3, possible: 0 }],
    ['no ratio of 0 to 0', [0, 0], 2, { gain: 0, possible: 0 }],
    ['nothing where no episode ended', [0, 0], 0, {}],
  ] as const)('are %s', (_, sums, episodes, expected) => {
    expect(metricMeans(environment, Float64Array.of(-1, ...sums), 1, episodes)).toEqual(expected);
  });

  test('are none of an environment that declares none', () => {
    expect(metricMeans(declaring({}), new Float64Array(0), 0, 3)).toEqual({});
  });
});
