/** What of JSON Schema the API's schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly (JsonSchema & { readonly if?: JsonSchema; readonly then?: JsonSchema })[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The schema with what its conditions add for this value. */
export function resolveConditions(schema: JsonSchema, value: unknown): JsonSchema {
  let resolved = schema;
  for (const { if: condition, then } of schema.allOf ?? []) {
    if (condition === undefined || then === undefined || !looksLike(condition, value ?? {})) continue;
    const properties = { ...resolved.properties };
    for (const [name, added] of Object.entries(then.properties ?? {})) {
      properties[name] = { ...properties[name], ...added };
      // What the catalog knows of an option replaces the anything that is allowed without it.
      if (added.properties !== undefined) properties[name] = omit(properties[name]!, 'patternProperties');
    }
    resolved = { ...resolved, properties };
  }
  return resolved;
}

const omit = (schema: JsonSchema, name: keyof JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== name));

/** Whether a value is meant to be of this schema: its type and the constants in it, not its bounds. */
export function looksLike(schema: JsonSchema, value: unknown): boolean {
  if ('const' in schema) return sameJson(schema.const, value);
  if (schema.enum !== undefined) return schema.enum.some((allowed) => sameJson(allowed, value));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.some((alternative) => looksLike(alternative, value));
  switch (schema.type) {
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value);
    case 'object':
      if (!isObject(value)) return false;
  }
  if (!isObject(value)) return schema.properties === undefined;
  const constantsFit = Object.entries(schema.properties ?? {}).every(
    ([name, property]) =>
      !('const' in property) || !Object.hasOwn(value, name) || sameJson(property.const, value[name]),
  );
  // What distinguishes an alternative has to be there; what is still to be filled in need not.
  const told = (schema.required ?? []).filter((name) => 'const' in (schema.properties?.[name] ?? {}));
  return constantsFit && told.every((name) => Object.hasOwn(value, name));
}
