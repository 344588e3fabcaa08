import type { TSchema } from 'typebox';
import { alternativesOf, asJsonSchema, choicesOf, describeAllowed, type JsonSchema } from './describe.js';

/** One field of a schema, for tables and pages. */
export interface Field {
  /** Dotted path; `<id>` stands for any name. */
  readonly path: string;
  /** As JSON; absent where there is none. */
  readonly default?: string;
  readonly unit?: string;
  readonly allowed: string;
  readonly description: string;
  /** Must be given: has no default and is not optional. */
  readonly required: boolean;
  /** Of an object that may take several forms, the one that the field belongs to. */
  readonly form?: Form;
}

export interface Form {
  /** Path of the object. */
  readonly of: string;
  /** What tells it from the others: the one field that may have one value only, or its number. */
  readonly name: string;
}

/** Every field that a schema describes, outer ones first; objects are followed, lists and free-form objects are not. */
export function listFields(schema: TSchema): Field[] {
  const fields: Field[] = [];
  collect(asJsonSchema(schema), '', fields);
  return fields;
}

function collect(schema: JsonSchema, prefix: string, fields: Field[], form?: Form): void {
  const required = new Set(schema.required ?? []);
  for (const [name, own] of Object.entries(schema.properties ?? {})) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const hasDefault = 'default' in own;
    // An object whose own default is {} is its fields' defaults; saying "{}" would hide them.
    const shown = hasDefault && !(own.type === 'object' && JSON.stringify(own.default) === '{}');
    fields.push({
      path,
      ...(shown ? { default: JSON.stringify(own.default) } : {}),
      ...(own.unit === undefined ? {} : { unit: own.unit }),
      allowed: own.properties !== undefined ? 'an object of the fields below' : describeAllowed(own),
      description: own.description ?? '',
      required: required.has(name) && !hasDefault,
      ...(form === undefined ? {} : { form }),
    });
    descend(own, path, fields, form);
  }
}

function descend(schema: JsonSchema, path: string, fields: Field[], form?: Form): void {
  collect(schema, path, fields, form);
  for (const own of Object.values(schema.patternProperties ?? {})) {
    if (own.properties !== undefined) collect(own, `${path}.<id>`, fields, form);
  }
  if (choicesOf(schema) !== undefined) return;
  const alternatives = alternativesOf(schema) ?? [];
  const several = alternatives.filter(({ properties }) => properties !== undefined).length > 1;
  alternatives.forEach((alternative, i) => {
    descend(alternative, path, fields, several ? { of: path, name: formName(alternative, i) } : form);
  });
}

function formName({ properties = {} }: JsonSchema, index: number): string {
  const [telling, ...others] = Object.entries(properties).filter(([, own]) => 'const' in own);
  if (telling === undefined || others.length > 0) return `form ${index + 1}`;
  return `${telling[0]}: ${JSON.stringify(telling[1].const)}`;
}
