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
}

/** Every field that a schema describes, outer ones first; objects are followed, lists and free-form objects are not. */
export function listFields(schema: TSchema): Field[] {
  const fields: Field[] = [];
  collect(asJsonSchema(schema), '', fields);
  return fields;
}

function collect(schema: JsonSchema, prefix: string, fields: Field[]): void {
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
    });
    descend(own, path, fields);
  }
}

function descend(schema: JsonSchema, path: string, fields: Field[]): void {
  collect(schema, path, fields);
  for (const own of Object.values(schema.patternProperties ?? {})) {
    if (own.properties !== undefined) collect(own, `${path}.<id>`, fields);
  }
  if (choicesOf(schema) !== undefined) return;
  for (const alternative of alternativesOf(schema) ?? []) descend(alternative, path, fields);
}
