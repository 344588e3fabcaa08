import type { Random } from './random.js';

/** What programs get wrong, and what people try. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -1e-308,
  2 ** 53,
  '',
  'x',
  '../../etc/passwd',
  'x'.repeat(5000),
  '\u0000',
  '\ud800',
  '٣',
  '$(id)',
  '<script>',
  [],
  [[]],
  {},
  { a: 1 },
  ['x', null],
];
const NAMES = ['x', '__proto__', 'constructor', 'toString', '', '~/', 'a'.repeat(300), 'spec', 'env', 'options'];

/** A copy: what is put into a value may be changed next. */
const strange = (random: Random): unknown => structuredClone(random.pick(STRANGE));

type Holder = Record<string, unknown> | unknown[];

/** The value with one to three things changed, at any depth. It may happen to be valid still. */
export function mutate(value: unknown, random: Random): unknown {
  let result = structuredClone(value);
  for (let count = 1 + random.below(3); count > 0; count--) result = mutateOnce(result, random);
  return result;
}

function mutateOnce(value: unknown, random: Random): unknown {
  const holders: Holder[] = [];
  const collect = (own: unknown): void => {
    if (typeof own !== 'object' || own === null) return;
    holders.push(own as Holder);
    for (const inner of Object.values(own)) collect(inner);
  };
  collect(value);
  if (holders.length === 0 || random.chance(0.03)) return strange(random);
  const holder = random.pick(holders);
  const keys = Object.keys(holder);
  const key = keys.length === 0 ? undefined : random.pick(keys);
  const kind = key === undefined ? 0 : random.below(5);
  if (kind === 0) put(holder, Array.isArray(holder) ? String(holder.length) : random.pick(NAMES), strange(random));
  else if (kind === 1) remove(holder, key!);
  else if (kind === 2) put(holder, key!, nest(random));
  else put(holder, key!, strange(random));
  return value;
}

/** As JSON.parse does: no name means anything to the object itself. */
const put = (holder: Holder, key: string, value: unknown): void =>
  void Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });

function remove(holder: Holder, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function nest(random: Random): unknown {
  let value: unknown = 1;
  for (let depth = random.pick([3, 50, 2000]); depth > 0; depth--) value = random.chance(0.5) ? [value] : { a: value };
  return value;
}
