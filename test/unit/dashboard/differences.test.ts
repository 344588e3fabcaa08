import { describe, expect, it } from 'vitest';
import { differences } from '../../../dashboard/series/differences.js';

describe('differences of specs', () => {
  it.each([
    [
      'the same, in another order',
      [
        { a: 1, b: { c: 2 } },
        { b: { c: 2 }, a: 1 },
      ],
      [],
    ],
    ['one alone', [{ a: 1 }], []],
    ['the deepest place', [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }], [{ path: 'a.c', values: [2, 3] }]],
    ['what one does not have', [{ a: 1 }, {}], [{ path: 'a', values: [1, undefined] }]],
    ['fields of what one does not have', [{ a: { b: 1 } }, {}], [{ path: 'a.b', values: [1, undefined] }]],
    [
      'lists as a whole',
      [{ a: [1, 2] }, { a: [1, 3] }],
      [
        {
          path: 'a',
          values: [
            [1, 2],
            [1, 3],
          ],
        },
      ],
    ],
    ['what has another kind', [{ a: { b: 1 } }, { a: 2 }], [{ path: 'a', values: [{ b: 1 }, 2] }]],
    ['null, which is something', [{ a: null }, { a: { b: 1 } }], [{ path: 'a', values: [null, { b: 1 }] }]],
    ['one of three', [{ a: 1 }, { a: 1 }, { a: 2 }], [{ path: 'a', values: [1, 1, 2] }]],
    ['a spec that is not there yet', [undefined, { a: 1 }], [{ path: 'a', values: [undefined, 1] }]],
  ])('%s', (_, specs, expected) => expect(differences(specs)).toEqual(expected));
});
