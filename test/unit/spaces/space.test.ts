import { describe, expect, it } from 'vitest';
import {
  assertSpace,
  binary,
  box,
  contains,
  discrete,
  elementSize,
  highOf,
  lowOf,
  MAX_ELEMENT_SIZE,
  maskSize,
  multiDiscrete,
  type Space,
} from '../../../src/spaces/index.js';

describe('sizes', () => {
  it.each<[string, Space, number, number]>([
    ['a box of one number', box(1), 1, 0],
    ['a box of a shape', box([2, 3, 4]), 24, 0],
    ['discrete', discrete(5), 1, 5],
    ['multiDiscrete', multiDiscrete([2, 3, 7]), 3, 12],
    ['binary', binary(4), 4, 8],
    ['binary of its default size', binary(), 1, 2],
  ])('%s', (_, space, elements, mask) => {
    expect(elementSize(space)).toBe(elements);
    expect(maskSize(space)).toBe(mask);
  });
});

describe('bounds', () => {
  it('are one number for all elements, one per element, or infinite', () => {
    const space = box(2, { low: -1, high: [2, 3] });
    expect([lowOf(space, 0), lowOf(space, 1), highOf(space, 0), highOf(space, 1)]).toEqual([-1, -1, 2, 3]);
    expect([lowOf(box(1), 0), highOf(box(1), 0)]).toEqual([-Infinity, Infinity]);
  });
});

describe('contains', () => {
  it.each<[string, Space, number[], boolean]>([
    ['a number of an unbounded box', box(1), [1e30], true],
    ['NaN', box(1), [Number.NaN], false],
    ['an infinity in an unbounded box', box(1), [Infinity], false],
    ['both bounds', box(2, { low: 0, high: 1 }), [0, 1], true],
    ['below the low bound', box(2, { low: 0, high: 1 }), [-1e-9, 1], false],
    ['above the high bound of its element', box(2, { low: 0, high: [1, 2] }), [1, 2.1], false],
    ['too few numbers', box(2), [1], false],
    ['the first choice', discrete(3), [0], true],
    ['the last choice', discrete(3), [2], true],
    ['one past the last choice', discrete(3), [3], false],
    ['a negative choice', discrete(3), [-1], false],
    ['a fraction of a choice', discrete(3), [0.5], false],
    ['choices of their own counts', multiDiscrete([2, 3]), [1, 2], true],
    ['a choice of another element’s count', multiDiscrete([2, 3]), [2, 1], false],
    ['yes and no', binary(2), [0, 1], true],
    ['more than yes', binary(2), [0, 2], false],
  ])('%s', (_, space, values, expected) => {
    expect(contains(space, values)).toBe(expected);
  });

  it('reads at an offset, and never outside the array', () => {
    expect(contains(discrete(3), [9, 2], 1)).toBe(true);
    expect(contains(discrete(3), [9, 2], 0)).toBe(false);
    expect(contains(discrete(3), [2], 1)).toBe(false);
    expect(contains(discrete(3), [2], -1)).toBe(false);
  });
});

describe('assertSpace', () => {
  it.each<[string, Space]>([
    ['a box', box([2, 2], { low: [0, 0, 0, 0], high: 1 })],
    ['discrete', discrete(1)],
    ['multiDiscrete', multiDiscrete([1, 2])],
    ['binary', binary(3)],
  ])('accepts %s', (_, space) => {
    expect(() => assertSpace(space, 'here')).not.toThrow();
  });

  it.each<[string, Space, string]>([
    ['an empty shape', box([]), 'the shape of a box is empty'],
    ['an extent of 0', box([2, 0]), 'extent 1 of the shape is 0'],
    ['a fractional extent', box([1.5]), 'extent 0 of the shape is 1.5'],
    ['too many elements', box([MAX_ELEMENT_SIZE, 2]), 'the number of elements is'],
    ['bounds of another length', box(2, { low: [0] }), 'low has 1 bounds, but the shape has 2'],
    ['crossing bounds', box(2, { low: 0, high: [1, -1] }), 'element 1 has low 0, which is not below high -1'],
    ['equal bounds', box(1, { low: 1, high: 1 }), 'element 0 has low 1'],
    ['a bound that is not a number', box(1, { low: Number.NaN }), 'low of element 0 is NaN'],
    ['no choices', discrete(0), 'count is 0'],
    ['no counts', multiDiscrete([]), 'counts is empty'],
    ['a count of 0', multiDiscrete([2, 0]), 'counts[1] is 0'],
    ['a size of −1', binary(-1), 'size is -1'],
    ['an unknown kind', { kind: 'sphere' } as never, 'unknown kind "sphere"'],
  ])('refuses %s', (_, space, message) => {
    expect(() => assertSpace(space, 'agent a, action')).toThrow(
      expect.objectContaining({ code: 'SPACE_INVALID', message: expect.stringContaining(`agent a, action: `) }),
    );
    expect(() => assertSpace(space, 'agent a, action')).toThrow(message);
  });
});
