import type { TSchema } from 'typebox';
import { counted, listNames } from './faults.js';

/** The parts of JSON Schema that TypeBox writes, as plain data. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly title?: string;
  /** Not of JSON Schema: the unit of a number. */
  readonly unit?: string;
}

export const asJsonSchema = (schema: TSchema): JsonSchema => schema as JsonSchema;

export const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] | undefined => schema.anyOf ?? schema.oneOf;

/** The only values allowed, where a schema lists them; undefined where it does not. */
export function choicesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema.const];
  if (schema.enum !== undefined) return schema.enum;
  const alternatives = alternativesOf(schema);
  if (alternatives === undefined) return undefined;
  const choices: unknown[] = [];
  for (const alternative of alternatives) {
    const own = choicesOf(alternative);
    if (own === undefined) return undefined;
    choices.push(...own);
  }
  return choices;
}

/** What a schema allows, in words: "a whole number from 1 to 65536". */
export function describeAllowed(schema: JsonSchema): string {
  const choices = choicesOf(schema);
  if (choices !== undefined) return listNames(choices.map((choice) => JSON.stringify(choice)));
  const alternatives = alternativesOf(schema);
  if (alternatives !== undefined) return describeAlternatives(alternatives);
  if (Array.isArray(schema.type))
    return listNames(schema.type.map((type: string) => describeAllowed({ ...schema, type })));
  switch (schema.type) {
    case 'integer':
      return `a whole number${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'string':
      return describeText(schema);
    case 'array':
      return describeList(schema);
    case 'object':
      return 'an object';
    default:
      return 'any value';
  }
}

/** Objects are told apart by the property that says which they are: "an object whose kind is "linear" or "exponential"". */
function describeAlternatives(alternatives: readonly JsonSchema[]): string {
  const words = alternatives.filter(({ type }) => type !== 'object').map(describeAllowed);
  const objects = alternatives.filter(({ type }) => type === 'object').map(({ properties = {} }) => properties);
  if (objects.length === 0) return listNames(words);
  const tells = Object.keys(objects[0]!).find((name) => objects.every((own) => own[name] && choicesOf(own[name])));
  const kinds = tells === undefined ? [] : objects.flatMap((own) => choicesOf(own[tells]!)!);
  const whose = kinds.length === 0 ? '' : ` whose ${tells} is ${listNames(kinds.map((kind) => JSON.stringify(kind)))}`;
  return listNames([...words, `an object${whose}`]);
}

export function describeRange({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
  multipleOf,
}: JsonSchema): string {
  const low =
    minimum !== undefined ? `${minimum}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : undefined;
  const high =
    maximum !== undefined ? `${maximum}` : exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : undefined;
  const step = multipleOf === undefined ? '' : ` in steps of ${multipleOf}`;
  if (minimum !== undefined && maximum !== undefined) return ` from ${low} to ${high}${step}`;
  if (low !== undefined && high !== undefined) {
    const upper = maximum === undefined ? `and ${high}` : `and at most ${high}`;
    return ` ${minimum === undefined ? low : `of at least ${low}`} ${upper}${step}`;
  }
  if (low !== undefined) return minimum === undefined ? ` ${low}${step}` : `, ${low} or more${step}`;
  if (high !== undefined) return maximum === undefined ? ` ${high}${step}` : `, ${high} or less${step}`;
  return step;
}

function describeText({ minLength = 0, maxLength, pattern }: JsonSchema): string {
  if (pattern !== undefined) return `a text that matches ${pattern}`;
  if (maxLength !== undefined)
    return `a text of ${minLength > 0 ? `${minLength} to ${maxLength}` : `at most ${maxLength}`} characters`;
  return minLength > 0 ? `a text of at least ${counted(minLength, 'character')}` : 'a text';
}

function describeList({ items, minItems, maxItems }: JsonSchema): string {
  if (Array.isArray(items)) return `a list of ${items.length}: ${items.map(describeAllowed).join(', ')}`;
  const of = items === undefined || Array.isArray(items) ? '' : `, each ${describeAllowed(items as JsonSchema)}`;
  if (minItems !== undefined && maxItems !== undefined) return `a list of ${minItems} to ${maxItems}${of}`;
  if (minItems !== undefined) return `a list of ${minItems} or more${of}`;
  if (maxItems !== undefined) return `a list of at most ${maxItems}${of}`;
  return `a list${of}`;
}
