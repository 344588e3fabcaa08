import { describe, expect, it } from 'vitest';
import { checkEnvironment } from '../../../src/envs/index.js';
import { doubleAuction } from '../../helpers/envs/double-auction.js';

/** Options that take the auction through its different code. */
const OPTIONS: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { buyers: 3, sellers: 2, reservation: false },
  { buyers: 2, sellers: 5, mechanism: 'bilateral' },
  { buyers: 12, sellers: 10, priceRange: 'unbounded', reservation: false },
  {
    buyers: 4,
    sellers: 4,
    buyerValues: { kind: 'discrete', values: [0.1, 0.9], weights: [1, 2] },
    sellerCosts: { kind: 'truncatedNormal', mean: 0.3, deviation: 0.2, low: 0.1, high: 0.7 },
    priceRange: [0, 1],
  },
  // Few values, so that lots are drawn among equals.
  { buyers: 6, sellers: 6, buyerValues: { kind: 'discrete', values: [1] }, reservation: false },
  { actions: 'hierarchical', participationCost: 0.05 },
  { buyers: 3, sellers: 4, actions: 'hierarchical', mechanism: 'bilateral' },
  { buyers: 2, sellers: 2, actions: 'composite', participationCost: 0.05 },
];

describe('double-auction-v1 conforms', () => {
  it.each(OPTIONS)('with options %j', (options) => {
    expect(checkEnvironment(doubleAuction, options).problems).toEqual([]);
  });
});
