import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { validatorCompiler } from '../../../../services/api/convert.js';

const schema = Type.Object(
  {
    count: Type.Optional(Type.Integer()),
    size: Type.Optional(Type.Number()),
    whether: Type.Optional(Type.Boolean()),
    text: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

const check = (httpPart: string, value: unknown): unknown => {
  const result = validatorCompiler({ schema, httpPart, method: 'GET', url: '/' })(value) as {
    readonly value?: unknown;
    readonly error?: unknown;
  };
  return result.error === undefined ? result.value : 'refused';
};

it.each([
  [{ count: '12' }, { count: 12 }],
  [{ count: '-0' }, { count: -0 }],
  [{ count: '1e3' }, { count: 1000 }],
  [{ size: '-1.5e-3' }, { size: -0.0015 }],
  [{ whether: 'true' }, { whether: true }],
  [{ whether: 'false' }, { whether: false }],
  [{ text: '12' }, { text: '12' }],
])('reads %j as %j', (given, value) => {
  expect(check('querystring', given)).toEqual(value);
});

it.each([
  { count: '1.5' },
  { count: '' },
  { count: ' 1' },
  { count: '0x10' },
  { count: '01' },
  { count: 'true' },
  { count: ['1', '2'] },
  { size: '1e999' },
  { size: 'NaN' },
  { size: 'Infinity' },
  { whether: '1' },
  { whether: '' },
  { whether: 'TRUE' },
  { text: ['a', 'b'] },
  { other: '1' },
  JSON.parse('{"__proto__":"1"}'),
])('refuses %j', (given) => {
  expect(check('querystring', given)).toBe('refused');
});

it('takes bodies as they are', () => {
  expect(check('body', { count: '1' })).toBe('refused');
  expect(check('body', { count: 1 })).toEqual({ count: 1 });
});
