import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { alternativesOf, asJsonSchema, choicesOf, describeAllowed, type JsonSchema } from './describe.js';
import { type Fault, join, listNames, problem, unknownName, wrongValue } from './faults.js';

type Plain = Readonly<Record<string, unknown>>;

/** The plain value with every default of the schema filled in; faults are added to `faults`, all of them, with their pointers.
 *  Nothing is coerced and no field is dropped. The value returned conforms only if no fault was added.
 *
 *  TypeBox's own validator has the last word, so that a keyword which is not explained here still counts. It is not used
 *  alone because it stops at eight errors, does not report names that no pattern matches, and reports every branch of a union. */
export function conform(schema: TSchema, value: unknown, pointer: string, faults: Fault[]): unknown {
  const before = faults.length;
  const result = walk(asJsonSchema(schema), value, pointer, faults);
  if (faults.length === before && !Value.Check(schema, result)) {
    for (const { instancePath, message } of Value.Errors(schema, result)) {
      faults.push(problem(pointer + instancePath, valueAt(result, instancePath), 'what the schema says', message));
    }
  }
  return result;
}

function walk(schema: JsonSchema, value: unknown, pointer: string, faults: Fault[]): unknown {
  if (value === undefined && 'default' in schema) value = structuredClone(schema.default);
  const choices = choicesOf(schema);
  if (choices !== undefined) {
    if (!choices.some((choice) => sameData(choice, value))) {
      faults.push(
        wrongValue(
          pointer,
          value,
          describeAllowed(schema),
          choices.filter((choice) => typeof choice === 'string'),
        ),
      );
    }
    return value;
  }
  const alternatives = alternativesOf(schema);
  if (alternatives !== undefined) return walkAlternatives(schema, alternatives, value, pointer, faults);
  if (schema.allOf !== undefined)
    return schema.allOf.reduce((result, part) => walk(part, result, pointer, faults), value);
  if (!hasType(schema, value)) {
    faults.push(wrongValue(pointer, value, describeAllowed(schema)));
    return value;
  }
  if (Array.isArray(value)) return walkList(schema, value, pointer, faults);
  if (typeof value === 'object' && value !== null) return walkObject(schema, value as Plain, pointer, faults);
  if (!withinLimits(schema, value)) faults.push(wrongValue(pointer, value, describeAllowed(schema)));
  return value;
}

/** The first alternative that fits; where none does, the faults of the one that the value names by its tag, or else of the one of its
 *  type that has the fewest. */
function walkAlternatives(
  schema: JsonSchema,
  alternatives: readonly JsonSchema[],
  value: unknown,
  pointer: string,
  faults: Fault[],
): unknown {
  const tag = tagOf(alternatives);
  const named = tag === undefined ? undefined : (value as Plain | null)?.[tag];
  const kinds = alternatives.filter((alternative) => tag !== undefined && namesOf(alternative, tag).includes(named));
  if (tag !== undefined && typeof named === 'string' && kinds.length === 0) {
    const names = alternatives.flatMap((alternative) => namesOf(alternative, tag)).map(String);
    faults.push(wrongValue(join(pointer, tag), named, listNames(names.map((name) => JSON.stringify(name))), names));
    return value;
  }
  let nearest: Fault[] | undefined;
  for (const alternative of kinds.length > 0 ? kinds : alternatives) {
    const own: Fault[] = [];
    const result = walk(alternative, value, pointer, own);
    if (own.length === 0) return result;
    const structured = typeof value === 'object' && value !== null && hasType(alternative, value);
    if (structured && choicesOf(alternative) === undefined && (nearest === undefined || own.length < nearest.length))
      nearest = own;
  }
  const names = alternatives.flatMap((alternative) => choicesOf(alternative) ?? []);
  const fault = wrongValue(
    pointer,
    value,
    describeAllowed(schema),
    names.filter((name) => typeof name === 'string'),
  );
  faults.push(...(nearest ?? [fault]));
  return value;
}

/** The field whose value tells which of several kinds of object is meant: each of them has another constant there. */
function tagOf(alternatives: readonly JsonSchema[]): string | undefined {
  const objects = alternatives.filter(({ properties }) => properties !== undefined);
  if (objects.length < 2) return undefined;
  return Object.keys(objects[0]!.properties!).find((key) =>
    objects.every((object) => namesOf(object, key).length === 1),
  );
}

const namesOf = ({ properties }: JsonSchema, key: string): readonly unknown[] => {
  const field = properties?.[key];
  return (field === undefined ? undefined : choicesOf(field)) ?? [];
};

function walkList(schema: JsonSchema, list: readonly unknown[], pointer: string, faults: Fault[]): unknown {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  const most = isTuple(items) ? Math.min(maxItems, items.length) : maxItems;
  if (list.length < minItems || list.length > most) faults.push(wrongValue(pointer, list, describeAllowed(schema)));
  return list.map((item, index) => {
    const own = isTuple(items) ? items[index] : items;
    return own === undefined ? item : walk(own, item, join(pointer, index), faults);
  });
}

const isTuple = (items: JsonSchema['items']): items is readonly JsonSchema[] => Array.isArray(items);

function walkObject(schema: JsonSchema, object: Plain, pointer: string, faults: Fault[]): unknown {
  const { properties = {}, patternProperties = {}, additionalProperties = true, required = [] } = schema;
  const patterns = Object.entries(patternProperties).map(([pattern, own]) => [new RegExp(pattern, 'u'), own] as const);
  const result: Record<string, unknown> = {};
  for (const [key, own] of Object.entries(properties)) {
    const given = Object.hasOwn(object, key);
    if (!given && !('default' in own)) {
      if (required.includes(key)) faults.push(wrongValue(join(pointer, key), undefined, describeAllowed(own)));
      continue;
    }
    result[key] = walk(own, given ? object[key] : undefined, join(pointer, key), faults);
  }
  for (const [key, value] of Object.entries(object)) {
    if (Object.hasOwn(properties, key)) continue;
    const own = patterns.find(([pattern]) => pattern.test(key))?.[1] ?? additionalProperties;
    if (own === false) {
      const at = join(pointer, key);
      if (patterns.length === 0) faults.push(unknownName(at, key, value, 'field', Object.keys(properties)));
      else faults.push(problem(at, value, `names that match ${patterns[0]?.[0].source}`, 'is not a valid name'));
    } else result[key] = own === true ? value : walk(own, value, join(pointer, key), faults);
  }
  return result;
}

function hasType(schema: JsonSchema, value: unknown): boolean {
  if (schema.type === undefined) return value !== undefined;
  return [schema.type].flat().some((type) => {
    switch (type) {
      case 'integer':
        return Number.isInteger(value);
      case 'number':
        return typeof value === 'number' && Number.isFinite(value);
      case 'array':
        return Array.isArray(value);
      case 'object':
        return typeof value === 'object' && value !== null && !Array.isArray(value);
      case 'null':
        return value === null;
      default:
        return typeof value === type;
    }
  });
}

function withinLimits(schema: JsonSchema, value: unknown): boolean {
  if (typeof value === 'number') {
    const {
      minimum = -Infinity,
      maximum = Infinity,
      exclusiveMinimum = -Infinity,
      exclusiveMaximum = Infinity,
    } = schema;
    return value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
  }
  if (typeof value === 'string') {
    const { minLength = 0, maxLength = Infinity, pattern } = schema;
    const fits = value.length >= minLength && value.length <= maxLength;
    return fits && (pattern === undefined || new RegExp(pattern, 'u').test(value));
  }
  return true;
}

const sameData = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));

function valueAt(value: unknown, pointer: string): unknown {
  let at: unknown = value;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Plain)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}
