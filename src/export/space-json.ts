import type { Bound, BoxSpace, Level, SimpleSpace, Space } from '../spaces/index.js';
import { JsonFields } from './read-json.js';

const SIMPLE = ['box', 'discrete', 'multiDiscrete', 'binary'] as const;
const KINDS = [...SIMPLE, 'hierarchical', 'composite'] as const;

/** The box of observations in a JSON object; whether it is well formed is not looked at. Throws POLICY_FILE_INVALID. */
export function readObservationSpace(value: unknown, what: string): BoxSpace {
  const fields = new JsonFields(value, what);
  fields.oneOf('kind', ['box']);
  return readBox(fields);
}

/** The action space in a JSON object; whether it is well formed is not looked at. Throws POLICY_FILE_INVALID. */
export function readActionSpace(value: unknown, what: string): Space {
  const fields = new JsonFields(value, what);
  return readSpace(fields, fields.oneOf('kind', KINDS));
}

function readSpace(fields: JsonFields, kind: (typeof KINDS)[number]): Space {
  switch (kind) {
    case 'hierarchical':
      return { kind, levels: fields.list('levels').map((level, l) => readLevel(level, `${fields.what}.levels[${l}]`)) };
    case 'composite':
      return {
        kind,
        side: fields.oneOf('side', ['seller', 'buyer']),
        reservation: readBound(fields, 'reservation', fields.value('reservation'), Number.NaN),
      };
    default:
      return readSimple(fields, kind);
  }
}

function readSimple(fields: JsonFields, kind: SimpleSpace['kind']): SimpleSpace {
  switch (kind) {
    case 'box':
      return readBox(fields);
    case 'discrete':
      return { kind, count: fields.whole('count', 1) };
    case 'multiDiscrete':
      return { kind, counts: fields.wholes('counts', 1) };
    case 'binary':
      return { kind, size: fields.whole('size', 1) };
  }
}

function readBox(fields: JsonFields): BoxSpace {
  return {
    kind: 'box',
    shape: fields.wholes('shape', 1),
    ...(fields.has('low') ? { low: readBounds(fields, 'low', -Infinity) } : {}),
    ...(fields.has('high') ? { high: readBounds(fields, 'high', Infinity) } : {}),
  };
}

function readLevel(value: unknown, what: string): Level {
  const fields = new JsonFields(value, what);
  const space = fields.object('space');
  return {
    name: fields.text('name'),
    space: readSimple(space, space.oneOf('kind', SIMPLE)),
    ...(fields.has('when') ? { when: readCondition(fields.object('when')) } : {}),
    ...(fields.has('reward') ? { reward: fields.text('reward') } : {}),
  };
}

function readCondition(fields: JsonFields): NonNullable<Level['when']> {
  return {
    level: fields.text('level'),
    ...(fields.has('element') ? { element: fields.whole('element') } : {}),
    is: fields.wholes('is'),
  };
}

function readBounds(fields: JsonFields, name: 'low' | 'high', absent: number): Bound | readonly Bound[] {
  const value = fields.value(name);
  if (!Array.isArray(value)) return readBound(fields, name, value, absent);
  return value.map((bound: unknown) => readBound(fields, name, bound, absent));
}

/** JSON has no infinities: it writes them as null. */
function readBound(fields: JsonFields, name: string, value: unknown, absent: number): Bound {
  if (value === null && !Number.isNaN(absent)) return absent;
  if (typeof value === 'number') return value;
  const observation = new JsonFields(value, `${fields.what}.${name}`).whole('observation');
  return { observation };
}
