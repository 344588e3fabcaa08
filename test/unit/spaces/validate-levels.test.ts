import { describe, expect, it } from 'vitest';
import {
  assertSpace,
  binary,
  box,
  composite,
  discrete,
  hierarchical,
  type Level,
  type LevelCondition,
  MAX_ELEMENT_SIZE,
  multiDiscrete,
  observed,
  type SimpleSpace,
  type Space,
} from '../../../src/spaces/index.js';

const WHERE = 'agent a, action';
/** Elements 0 and 1 in [0, 1], element 2 of which nothing is known, element 3 at least 5. */
const SEEN = box(4, { low: [0, 0, -Infinity, 5], high: [1, 1, Infinity, Infinity] });

const refusal = (check: () => void): string => {
  try {
    check();
  } catch (error) {
    expect(error).toMatchObject({ code: 'SPACE_INVALID', data: { where: WHERE } });
    return (error as Error).message;
  }
  return 'accepted';
};
const refusalOf = (space: Space): string => refusal(() => assertSpace(space, WHERE, SEEN));

describe('assertSpace accepts', () => {
  it.each<[string, Space]>([
    [
      'a chain of conditions',
      hierarchical([
        { name: 'a', space: multiDiscrete([2, 3]) },
        { name: 'b', space: binary(2), when: { level: 'a', element: 1, is: [0, 2] } },
        { name: 'c', space: discrete(2), when: { level: 'b', element: 1, is: [1] } },
        { name: 'd', space: box(1), when: { level: 'c', is: [0] } },
      ]),
    ],
    ['a name as long as may be', hierarchical([{ name: 'a'.repeat(64), space: binary(1) }])],
    ['a bound of unknown range', box(1, { low: observed(2), high: 3 })],
    ['two bounds of unknown range', box(1, { low: observed(2), high: observed(2) })],
    ['a constant at the end of the observed range', box(1, { low: observed(0), high: 1 })],
    ['an observed bound and no other', box(1, { high: observed(0) })],
    ['a seller', composite('seller', observed(3))],
    ['a buyer with a constant', composite('buyer', 3)],
  ])('%s', (_, space) => {
    expect(() => assertSpace(space, WHERE, SEEN)).not.toThrow();
  });
});

describe('assertSpace refuses', () => {
  const first: Level = { name: 'first', space: multiDiscrete([2, 3]) };
  const last: Level = { name: 'last', space: binary(1) };
  const numbers: Level = { name: 'numbers', space: box(2) };
  /** The middle of three levels with a condition. */
  const when = (condition: LevelCondition) =>
    hierarchical([first, numbers, { name: 'middle', space: discrete(2), when: condition }, last]);

  it.each<[string, LevelCondition, string]>([
    [
      'a later level',
      { level: 'last', is: [1] },
      'depends on level "last", which is not decided before it; before it "first", "numbers" are',
    ],
    ['its own level', { level: 'middle', is: [1] }, 'depends on level "middle", which is not decided before it'],
    ['an unknown level', { level: 'frist', is: [1] }, 'depends on level "frist", which does not exist'],
    ['a box', { level: 'numbers', is: [1] }, 'depends on level "numbers", a box, which has no values to name'],
    [
      'an element beyond',
      { level: 'first', element: 2, is: [1] },
      'element 2 of level "first", which has elements 0 to 1',
    ],
    ['half an element', { level: 'first', element: 0.5, is: [1] }, 'element 0.5 of level "first"'],
    ['an element below', { level: 'first', element: -1, is: [1] }, 'element -1 of level "first"'],
    ['a value beyond', { level: 'first', is: [0, 2] }, 'where level "first" is 2, which has values 0 to 1'],
    [
      'a value of its element',
      { level: 'first', element: 1, is: [3] },
      'where level "first" is 3, which has values 0 to 2',
    ],
    ['a value below', { level: 'first', is: [-1] }, 'where level "first" is -1'],
    ['half a value', { level: 'first', is: [0.5] }, 'where level "first" is 0.5'],
    ['no value at all', { level: 'first', is: [] }, 'is never active: its values of level "first" are empty'],
  ])('a level that depends on %s', (_, condition, message) => {
    expect(refusalOf(when(condition))).toContain(`${WHERE}, level "middle": `);
    expect(refusalOf(when(condition))).toContain(message);
  });

  it('a first level that depends on anything, as there is nothing before it', () => {
    const space = hierarchical([{ ...last, when: { level: 'numbers', is: [1] } }, numbers]);
    expect(refusalOf(space)).toBe(
      `${WHERE}, level "last": depends on level "numbers", which is not decided before it; before it no level is`,
    );
  });

  it.each<[string, unknown, string]>([
    ['empty', '', '""'],
    ['with a dot', 'a.b', '"a.b"'],
    ['with a slash', 'a/b', '"a/b"'],
    ['with a line end', 'a\n', '"a\\n"'],
    ['of an underscore first', '__proto__', '"__proto__"'],
    ['too long', 'a'.repeat(65), `"${'a'.repeat(65)}"`],
    ['missing', undefined, 'undefined'],
    ['a number', 3, '3'],
  ])('a name that is %s', (_, name, shown) => {
    const space = hierarchical([first, { name: name as string, space: binary(1) }]);
    expect(refusalOf(space)).toBe(`${WHERE}: level 1 has the name ${shown}; use letters, digits, _ and -, at most 64`);
  });

  it('a name that is used twice', () => {
    expect(refusalOf(hierarchical([first, last, first]))).toBe(`${WHERE}, level "first": the name is used twice`);
  });

  it('no levels', () => {
    expect(refusalOf(hierarchical([]))).toBe(`${WHERE}: levels is empty`);
  });

  it.each([hierarchical([last]), composite('seller', 1)])('a level of kind $kind', (space) => {
    const levels = [first, { name: 'inner', space: space as Space as SimpleSpace }];
    expect(refusalOf(hierarchical(levels))).toBe(
      `${WHERE}, level "inner": is of kind "${space.kind}", but must be one of box, discrete, multiDiscrete, binary`,
    );
  });

  it.each<[string, SimpleSpace, string]>([
    ['a count', discrete(0), 'count is 0'],
    ['bounds', box(1, { low: 2, high: 1 }), 'element 0 has low 2, which is not below high 1'],
    ['an observed bound', box(1, { low: observed(4) }), 'low of element 0 is element 4 of the observation'],
  ])('a level whose own space is wrong in %s', (_, space, message) => {
    expect(refusalOf(hierarchical([first, { name: 'inner', space }]))).toContain(`${WHERE}, level "inner": ${message}`);
  });

  it('levels that together are too large', () => {
    // Each on its own is not.
    const space = hierarchical([{ name: 'a', space: binary(MAX_ELEMENT_SIZE) }, last]);
    expect(refusalOf(space)).toContain(`the number of elements is ${MAX_ELEMENT_SIZE + 1}`);
  });

  it.each<[string, Space, string]>([
    [
      'beyond the last element',
      box(1, { high: observed(4) }),
      'high of element 0 is element 4 of the observation, which has elements 0 to 3',
    ],
    ['before the first', composite('buyer', observed(-1)), 'the reservation is element -1 of the observation'],
    ['between two', box(2, { low: [0, observed(0.5)] }), 'low of element 1 is element 0.5 of the observation'],
    [
      'of another form',
      box(1, { low: { element: 1 } as never }),
      'low is {"element":1}, but must be a number or { observation: <element> }',
    ],
    ['null', box(1, { high: null as never }), 'high is null'],
    ['missing from a list', box(2, { high: [1, null as never] }), 'high of element 1 is null'],
    [
      'text',
      composite('seller', '3' as never),
      'the reservation is "3", but must be a number or { observation: <element> }',
    ],
    ['absent from a composite space', composite('seller', undefined as never), 'the reservation is undefined'],
    ['NaN', composite('seller', Number.NaN), 'the reservation is NaN'],
  ])('a bound that is %s', (_, space, message) => {
    expect(refusalOf(space)).toContain(`${WHERE}: ${message}`);
  });

  it.each<[string, Space, string]>([
    [
      'a low above what is observed',
      box(1, { low: 0.5, high: observed(0) }),
      'low 0.5 and high element 0 of the observation, in [0, 1],',
    ],
    [
      'a high that what is observed may reach',
      box(1, { low: observed(0), high: 0.5 }),
      'low element 0 of the observation, in [0, 1], and high 0.5',
    ],
    ['two of the same range', box(1, { low: observed(0), high: observed(1) }), 'low element 0'],
    [
      'an observed one with half a range',
      box(1, { low: observed(3), high: 9 }),
      'low element 3 of the observation, in [5, Infinity], and high 9',
    ],
  ])('bounds that may cross: %s', (_, space, message) => {
    expect(refusalOf(space)).toContain(message);
    expect(refusalOf(space)).toContain('which may cross; narrow the bounds of the observation');
  });

  it.each(['Seller', '', undefined])('the side %j', (side) => {
    expect(refusalOf(composite(side as 'seller', 1))).toBe(
      `${WHERE}: side is ${JSON.stringify(side)}, but must be "seller" or "buyer"`,
    );
  });

  it.each<[string, Space]>([
    ['a box', box(1, { low: observed(0) })],
    ['a composite space', composite('buyer', observed(0))],
  ])('%s with observed bounds where nothing is observed', (_, space) => {
    expect(refusal(() => assertSpace(space, WHERE))).toContain(
      'is read off the observation, which only an action can be; give a number',
    );
  });
});
