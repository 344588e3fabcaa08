import { describe, expect, it } from 'vitest';
import {
  binary,
  box,
  composite,
  describeLevels,
  describeSpace,
  discrete,
  hierarchical,
  multiDiscrete,
  observed,
} from '../../../src/spaces/index.js';

describe('a space in words', () => {
  it.each([
    [box(1), '1 number'],
    [box([2, 3], { low: -Infinity, high: Infinity }), '6 numbers'],
    [box(2, { low: -1, high: 1 }), '2 numbers from −1 to 1'],
    [box(1, { low: observed(3), high: 1 }), '1 number from observation[3] to 1'],
    [box(1, { low: 0 }), '1 number of at least 0'],
    [box(1, { high: observed(0) }), '1 number of at most observation[0]'],
    [box(2, { low: [0, -2], high: 5 }), '2 numbers (from 0 to 5; from −2 to 5)'],
    [box(2, { low: [0, -Infinity] }), '2 numbers (of at least 0; any)'],
    [box(5, { low: [0, 0, 0, 0, 1] }), '5 numbers, each with bounds of its own'],
    [discrete(4), 'one of 4 choices'],
    [multiDiscrete([2, 3]), '2 choices of 2, 3'],
    [binary(), '1 yes-or-no decision'],
    [composite('seller', observed(0)), '0 to pass, or as a seller a price of at least observation[0]'],
    [composite('buyer', 0.5), '0 to pass, or as a buyer a price of at most 0.5'],
    [hierarchical([{ name: 'only', space: binary() }]), 'in 1 level'],
  ])('%o', (space, words) => {
    expect(describeSpace(space)).toBe(words);
  });
});

it('levels in words have their conditions and the heads that pay them', () => {
  const space = hierarchical([
    { name: 'enter', space: binary(), reward: 'entry' },
    { name: 'kind', space: multiDiscrete([3, 4]), when: { level: 'enter', is: [1] } },
    {
      name: 'price',
      space: box(1, { low: observed(0) }),
      when: { level: 'kind', element: 1, is: [0, 2] },
      reward: 'money',
    },
  ]);
  expect(describeSpace(space)).toBe('in 3 levels');
  expect(describeLevels(space)).toEqual([
    '1. enter: 1 yes-or-no decision, paid by entry',
    '2. kind: 2 choices of 3, 4, where enter is yes',
    '3. price: 1 number of at least observation[0], where kind[1] is 0 or 2, paid by money',
  ]);
});
