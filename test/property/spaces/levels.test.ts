import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activeLevels,
  assertSpace,
  box,
  contains,
  describeAction,
  elementSize,
  type HierarchicalSpace,
  type Level,
  levelCount,
  maskSize,
  observed,
  placeLevels,
  type SimpleSpace,
} from '../../../src/spaces/index.js';

const OBSERVATIONS = box(3);
const count = fc.integer({ min: 1, max: 4 });
const simple: fc.Arbitrary<SimpleSpace> = fc.oneof(
  count.map((size) => box(size)),
  fc.nat(2).map((j) => box(1, { low: observed(j) })),
  count.map((n) => ({ kind: 'discrete' as const, count: n })),
  fc.array(count, { minLength: 1, maxLength: 3 }).map((counts) => ({ kind: 'multiDiscrete' as const, counts })),
  fc.integer({ min: 1, max: 3 }).map((size) => ({ kind: 'binary' as const, size })),
);

/** Values of an element of a space whose values can be named. */
const valuesOf = (space: SimpleSpace, element: number): number =>
  space.kind === 'discrete' ? space.count : space.kind === 'multiDiscrete' ? space.counts[element]! : 2;

/** Levels of which each may depend on any earlier one that is not a box. */
const spaces: fc.Arbitrary<HierarchicalSpace> = fc
  .array(
    fc.record({
      space: simple,
      pick: fc.nat(),
      element: fc.nat(),
      is: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((drawn) => {
    const levels: Level[] = [];
    for (const [l, { space, pick, element, is }] of drawn.entries()) {
      const deciders = levels.filter((level) => level.space.kind !== 'box');
      // One choice in three is to depend on nothing.
      const decider = pick % 3 === 0 ? undefined : deciders[pick % Math.max(1, deciders.length)];
      const name = `level-${l}`;
      if (decider === undefined) {
        levels.push({ name, space });
        continue;
      }
      const j = element % elementSize(decider.space);
      const values = valuesOf(decider.space, j);
      levels.push({ name, space, when: { level: decider.name, element: j, is: is.map((value) => value % values) } });
    }
    return { kind: 'hierarchical', levels };
  });

/** An action decided level after level: what is not decided is 0. Boxes get numbers from 1 to 2. */
function decide(space: HierarchicalSpace, draw: () => number): { action: number[]; decided: Set<string> } {
  const action: number[] = [];
  const decided = new Map<string, number[]>();
  for (const { name, space: own, when } of space.levels) {
    const size = elementSize(own);
    const decider = when === undefined ? undefined : decided.get(when.level);
    const active = when === undefined || (decider !== undefined && when.is.includes(decider[when.element ?? 0]!));
    const numbers = Array.from({ length: size }, (_, j) => {
      if (!active) return 0;
      return own.kind === 'box' ? 1 + draw() : Math.floor(draw() * valuesOf(own, j));
    });
    if (active) decided.set(name, numbers);
    action.push(...numbers);
  }
  return { action, decided: new Set(decided.keys()) };
}

const cases = fc.record({
  space: spaces,
  draws: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 18, maxLength: 18 }),
});
const decidedBy = ({ space, draws }: { readonly space: HierarchicalSpace; readonly draws: readonly number[] }) => {
  let next = 0;
  return decide(space, () => draws[next++ % draws.length]!);
};
const observation = { values: [1, 1, 1], offset: 0 };

describe('hierarchical spaces', () => {
  it('are made of their levels, without gaps', () => {
    fc.assert(
      fc.property(spaces, (space) => {
        assertSpace(space, 'generated', OBSERVATIONS);
        let [numbers, choices] = [0, 0];
        for (const { offset, size, maskOffset, maskSize: own } of placeLevels(space)) {
          expect([offset, maskOffset]).toEqual([numbers, choices]);
          numbers += size;
          choices += own;
        }
        expect([elementSize(space), maskSize(space)]).toEqual([numbers, choices]);
        expect(levelCount(space)).toBe(space.levels.length);
      }),
    );
  });

  it('contain what is decided level after level, and know what was', () => {
    fc.assert(
      fc.property(cases, (drawn) => {
        const { space } = drawn;
        const { action, decided } = decidedBy(drawn);
        const levels = placeLevels(space);
        const active = new Uint8Array(levels.length);
        activeLevels(levels, [7, ...action], 1, active, 0);
        expect(levels.filter((_, l) => active[l] === 1).map(({ name }) => name)).toEqual([...decided]);
        expect(contains(space, action, 0, observation)).toBe(true);
        for (const [name, numbers] of Object.entries(describeAction(space, action))) {
          expect(numbers === null).toBe(!decided.has(name));
        }
      }),
    );
  });

  it('do not contain a number of a level that was not decided, nor one outside of a level that was', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (drawn, pick) => {
        const { space } = drawn;
        const { action, decided } = decidedBy(drawn);
        const j = pick % action.length;
        const level = placeLevels(space).find(({ offset, size }) => j >= offset && j < offset + size)!;
        const [other] = decided.has(level.name) ? [Infinity] : [0.5];
        expect(contains(space, action.with(j, other), 0, observation)).toBe(false);
        expect(contains(space, action.with(j, Number.NaN), 0, observation)).toBe(false);
      }),
    );
  });

  it('survive JSON, as job specs and the wire carry them', () => {
    fc.assert(
      fc.property(spaces, (space) => {
        expect(placeLevels(JSON.parse(JSON.stringify(space)) as HierarchicalSpace)).toEqual(placeLevels(space));
      }),
    );
  });

  it('need a level’s condition to be about an earlier one', () => {
    fc.assert(
      fc.property(spaces, fc.nat(), (space, pick) => {
        const at = pick % space.levels.length;
        const when = { level: `level-${space.levels.length - 1}`, is: [0] };
        const levels = space.levels.map((level, l) => (l === at ? { ...level, when } : level));
        expect(() => assertSpace({ ...space, levels }, 'generated', OBSERVATIONS)).toThrow(
          at === space.levels.length - 1
            ? `generated, level "level-${at}": depends on level "level-${at}", which is not decided before it`
            : `generated, level "level-${at}": depends on level`,
        );
      }),
    );
  });
});
