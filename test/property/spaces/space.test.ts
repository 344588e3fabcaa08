import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertSpace,
  type BoxSpace,
  contains,
  elementSize,
  highOf,
  lowOf,
  maskSize,
  type SimpleSpace,
} from '../../../src/spaces/index.js';

const bound = fc.integer({ min: -50, max: 50 });
const boxes: fc.Arbitrary<BoxSpace> = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
  .chain((shape) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const lows = fc.option(fc.oneof(bound, fc.array(bound, { minLength: size, maxLength: size })), { nil: undefined });
    const width = fc.integer({ min: 101, max: 200 });
    const highs = fc.option(fc.oneof(width, fc.array(width, { minLength: size, maxLength: size })), { nil: undefined });
    return fc.record({ low: lows, high: highs }).map(({ low, high }) => ({
      kind: 'box' as const,
      shape,
      ...(low === undefined ? {} : { low }),
      ...(high === undefined ? {} : { high }),
    }));
  });
const count = fc.integer({ min: 1, max: 9 });
const spaces: fc.Arbitrary<SimpleSpace> = fc.oneof(
  boxes,
  count.map((n) => ({ kind: 'discrete' as const, count: n })),
  fc.array(count, { minLength: 1, maxLength: 5 }).map((counts) => ({ kind: 'multiDiscrete' as const, counts })),
  count.map((size) => ({ kind: 'binary' as const, size })),
);

/** Largest value of element j, and whether there is one. */
function topOf(space: SimpleSpace, j: number): number {
  switch (space.kind) {
    case 'box':
      return highOf(space, j);
    case 'discrete':
      return space.count - 1;
    case 'multiDiscrete':
      return space.counts[j]! - 1;
    case 'binary':
      return 1;
  }
}

const elementOf = (space: SimpleSpace, fraction: (j: number) => number): number[] =>
  Array.from({ length: elementSize(space) }, (_, j) => {
    const low = space.kind === 'box' ? Math.max(lowOf(space, j), -1000) : 0;
    const value = low + fraction(j) * (Math.min(topOf(space, j), 1000) - low);
    return space.kind === 'box' ? value : Math.round(value);
  });

describe('spaces', () => {
  it('contain what lies in them, and not what one element leaves', () => {
    fc.assert(
      fc.property(
        spaces,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 27, maxLength: 27 }),
        fc.nat(),
        (space, fractions, pick) => {
          assertSpace(space, 'generated');
          const element = elementOf(space, (j) => fractions[j]!);
          expect(contains(space, element)).toBe(true);
          expect(contains(space, [99, ...element], 1)).toBe(true);
          const j = pick % element.length;
          const beyond = topOf(space, j) + 1;
          expect(contains(space, element.with(j, beyond))).toBe(false);
          expect(contains(space, element.with(j, Number.NaN))).toBe(false);
          expect(contains(space, element.slice(1))).toBe(false);
        },
      ),
    );
  });

  it('survive JSON, as job specs and the wire carry them', () => {
    fc.assert(
      fc.property(spaces, (space) => {
        const copy = JSON.parse(JSON.stringify(space)) as SimpleSpace;
        expect(copy).toEqual(space);
        expect(maskSize(copy)).toBe(maskSize(space));
      }),
    );
  });
});
