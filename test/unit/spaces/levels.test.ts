import { describe, expect, it } from 'vitest';
import {
  activeLevels,
  binary,
  box,
  composite,
  contains,
  describeAction,
  discrete,
  elementSize,
  hierarchical,
  highOf,
  levelCount,
  lowOf,
  maskSize,
  multiDiscrete,
  observed,
  placeLevels,
  type Space,
} from '../../../src/spaces/index.js';

/** A chain: size is decided where kind is 0 or 2, which is decided where the second element of doors is 1. `note` always is. */
const CHAIN = hierarchical([
  { name: 'doors', space: multiDiscrete([4, 2]) },
  { name: 'kind', space: discrete(3), when: { level: 'doors', element: 1, is: [1] }, reward: 'kinds' },
  { name: 'size', space: box(2, { low: -1, high: observed(1) }), when: { level: 'kind', is: [0, 2] } },
  { name: 'note', space: binary(1), reward: 'notes' },
]);
const levels = placeLevels(CHAIN);
const activeOf = (action: readonly number[]): number[] => {
  const active = new Uint8Array(4).fill(9);
  activeLevels(levels, action, 0, active, 0);
  return [...active];
};

describe('sizes', () => {
  it.each<[string, Space, number, number, number]>([
    ['levels one after the other', CHAIN, 6, 4 + 2 + 3 + 2, 4],
    ['one level', hierarchical([{ name: 'only', space: box([2, 2]) }]), 4, 0, 1],
    ['composite', composite('buyer', observed(0)), 1, 0, 1],
    ['anything else', multiDiscrete([2, 3]), 2, 5, 1],
  ])('%s', (_, space, elements, mask, count) => {
    expect(elementSize(space)).toBe(elements);
    expect(maskSize(space)).toBe(mask);
    expect(levelCount(space)).toBe(count);
  });
});

describe('placeLevels', () => {
  it('finds every level’s numbers, choices, condition and reward', () => {
    expect(
      levels.map(({ name, offset, size, maskOffset, maskSize: choices }) => [name, offset, size, maskOffset, choices]),
    ).toEqual([
      ['doors', 0, 2, 0, 6],
      ['kind', 2, 1, 6, 3],
      ['size', 3, 2, 9, 0],
      ['note', 5, 1, 9, 2],
    ]);
    // The place of the deciding number: element 1 of doors, then kind itself.
    expect(levels.map(({ condition }) => condition)).toEqual([
      null,
      { level: 0, offset: 1, is: [1] },
      { level: 1, offset: 2, is: [0, 2] },
      null,
    ]);
    expect(levels.map(({ reward }) => reward)).toEqual([null, 'kinds', null, 'notes']);
  });
});

describe('activeLevels', () => {
  it.each<[string, number[], number[]]>([
    ['all of the chain', [3, 1, 2, 0.5, 0.5, 1], [1, 1, 1, 1]],
    ['another value that activates', [0, 1, 0, 0.5, 0.5, 1], [1, 1, 1, 1]],
    ['the chain broken at its second link', [3, 1, 1, 0, 0, 0], [1, 1, 0, 1]],
    ['the chain broken at its first', [3, 0, 0, 0, 0, 0], [1, 0, 0, 1]],
    // Kind's 0 would activate size, but kind itself was not decided.
    ['a value of an inactive level', [1, 0, 0, 0, 0, 1], [1, 0, 0, 1]],
    ['a value of another element', [1, 0, 2, 0, 0, 1], [1, 0, 0, 1]],
  ])('%s', (_, action, expected) => {
    expect(activeOf(action)).toEqual(expected);
  });

  it('reads and writes at its offsets only', () => {
    const active = new Uint8Array(6).fill(7);
    activeLevels(levels, [9, 9, 3, 1, 1, 0, 0, 0], 2, active, 1);
    expect([...active]).toEqual([7, 1, 1, 0, 1, 7]);
  });
});

describe('observed bounds', () => {
  const space = box(2, { low: observed(2), high: [5, observed(0)] });

  it('are read off the observation, row by row', () => {
    const rows = [7, 8, 9, 1, 2, 3];
    expect([lowOf(space, 0, rows), lowOf(space, 1, rows), highOf(space, 0, rows), highOf(space, 1, rows)]).toEqual([
      9, 9, 5, 7,
    ]);
    expect([lowOf(space, 1, rows, 3), highOf(space, 0, rows, 3), highOf(space, 1, rows, 3)]).toEqual([3, 5, 1]);
  });

  it('do not bind without an observation', () => {
    expect([lowOf(space, 0), highOf(space, 0), highOf(space, 1)]).toEqual([-Infinity, 5, Infinity]);
  });
});

describe('contains', () => {
  const observation = { values: [9, 9, 0.25, 0.75], offset: 2 };
  it.each<[string, Space, number[], boolean]>([
    ['every level inside its own space', CHAIN, [3, 1, 2, -1, 0.75, 1], true],
    ['above a bound that is observed', CHAIN, [3, 1, 2, -1, 0.76, 1], false],
    ['a choice that a level does not have', CHAIN, [4, 1, 2, 0, 0, 1], false],
    ['zeros where levels are inactive', CHAIN, [3, 0, 0, 0, 0, 1], true],
    ['a number where a level is inactive', CHAIN, [3, 0, 0, 0, 0.5, 1], false],
    ['a choice where a level is inactive', CHAIN, [3, 0, 1, 0, 0, 1], false],
    ['NaN where a level is inactive', CHAIN, [3, 0, 0, Number.NaN, 0, 1], false],
    ['too few numbers', CHAIN, [3, 0, 0, 0, 0], false],
    ['a seller who passes', composite('seller', observed(0)), [0], true],
    ['a seller at the reservation', composite('seller', observed(0)), [0.25], true],
    ['a seller below it', composite('seller', observed(0)), [0.24], false],
    ['a seller above it', composite('seller', observed(0)), [7], true],
    ['a buyer who passes', composite('buyer', 0.5), [0], true],
    ['a buyer at the reservation', composite('buyer', 0.5), [0.5], true],
    ['a buyer above it', composite('buyer', 0.5), [0.51], false],
    ['a buyer at a price below 0', composite('buyer', 0.5), [-3], true],
    ['a buyer at no price', composite('buyer', 0.5), [-Infinity], false],
  ])('%s', (_, space, values, expected) => {
    expect(contains(space, values, 0, observation)).toBe(expected);
    expect(contains(space, [5, ...values], 1, observation)).toBe(expected);
  });

  it.each<[string, Space, number[]]>([
    ['a box', box(1, { low: observed(0), high: observed(1) }), [-1e30]],
    ['a level', CHAIN, [3, 1, 2, -1, 1e30, 1]],
    ['a seller', composite('seller', observed(0)), [-5]],
    ['a buyer', composite('buyer', observed(0)), [1e30]],
  ])('without an observation takes any number for %s', (_, space, values) => {
    expect(contains(space, values)).toBe(true);
  });
});

describe('describeAction', () => {
  it('gives levels their numbers, and null to those that were not decided', () => {
    expect(describeAction(CHAIN, [3, 1, 2, -1, 0.75, 1])).toEqual({
      doors: [3, 1],
      kind: 2,
      size: [-1, 0.75],
      note: 1,
    });
    expect(describeAction(CHAIN, Float32Array.of(3, 1, 1, 0, 0, 0))).toEqual({
      doors: [3, 1],
      kind: 1,
      size: null,
      note: 0,
    });
    expect(describeAction(CHAIN, [3, 0, 0, 0, 0, 1])).toEqual({ doors: [3, 0], kind: null, size: null, note: 1 });
  });
});
