import { describe, expect, it } from 'vitest';
import { faultsOf, median, resolved } from './catalogs.js';

const wide = (hidden: readonly number[], more: object = {}) =>
  median({ policies: { '*': { network: { hidden } } }, ...more });
const pool = (size: number, hidden: readonly number[]) => ({
  env: { id: 'tic-tac-toe-v1' },
  policyMapping: { 'agent-0': 'learner', 'agent-1': 'past' },
  policies: {
    '*': { network: { hidden } },
    past: { algorithm: { id: 'pool', options: { of: 'learner', size } } },
  },
});

describe('the memory of weights', () => {
  it.each([
    [
      'a layer after a layer, both as wide as may be',
      wide([65_536, 65_536]),
      '/policies/*/network/hidden',
      'make the networks smaller',
    ],
    [
      'moments that no checkpoint holds',
      wide([6000, 6000]),
      '/policies/*/network/hidden',
      'for weights, moments and replays of all policies',
    ],
    [
      'very many wide layers',
      wide(new Array(64).fill(65_536)),
      '/policies/*/network/hidden',
      'has 4194304 hidden units',
    ],
    [
      'a value network',
      median({ policies: { '*': { valueNetwork: { hidden: [20_000, 20_000] } } } }),
      '/policies/*/valueNetwork/hidden',
      'GiB are allowed',
    ],
    [
      'a pool of large policies',
      pool(10_000, [512, 512]),
      '/policies/past/algorithm/options/size',
      'versions would fit',
    ],
  ])('refuses %s', (_, spec, pointer, message) => {
    expect(faultsOf(spec)).toEqual([expect.objectContaining({ pointer, message: expect.stringContaining(message) })]);
  });

  it('takes what fits, a little below the limits', () => {
    expect(resolved(wide([4000, 4000])).policies['*']?.network?.hidden).toEqual([4000, 4000]);
    expect(faultsOf(pool(10_000, []))).toEqual([]);
    expect(faultsOf(pool(1000, [512, 512]))).toEqual([]);
  });
});
