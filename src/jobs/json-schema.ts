import { asJsonSchema, type JsonSchema } from './describe.js';
import { closedOptions } from './schema-parts.js';
import { JobSpec } from './spec.js';
import type { JobCatalogs } from './validate.js';

type Schema = Record<string, unknown>;

/** The published JSON Schema (draft 2020-12) of what a person writes: fields with a default may be left out, ids come from the
 *  catalogs, and the options of each environment and algorithm follow from the id, so that editors complete and explain them. */
export function jobSchema(catalogs: JobCatalogs): Schema {
  const { properties, ...rest } = publish(asJsonSchema(JobSpec)) as { properties: Record<string, Schema> };
  const environments = [...catalogs.environments.values()];
  const { algorithms } = catalogs;
  const policies = properties.policies as Schema & {
    patternProperties: Record<string, { properties: Record<string, Schema> }>;
  };
  for (const settings of Object.values(policies.patternProperties)) {
    settings.properties.algorithm = withOptions(settings.properties.algorithm!, algorithms, undefined);
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:marlin:job-spec:v1',
    ...rest,
    properties: {
      ...properties,
      env: withOptions(properties.env!, environments, undefined),
      algorithm: withOptions(properties.algorithm!, algorithms, 'ppo'),
    },
  };
}

/** {id, options} where the ids are those of the entries and the options follow from the id. */
function withOptions(
  schema: Schema,
  entries: readonly { readonly id: string; readonly description: string; readonly options: object }[],
  idWhenAbsent: string | undefined,
): Schema {
  const properties = schema.properties as Record<string, Schema>;
  const { maxLength: _max, minLength: _min, type: _type, ...id } = properties.id!;
  const choices = entries.map((entry) => ({ const: entry.id, description: entry.description }));
  const conditions = entries.map((entry) => {
    const named = { properties: { id: { const: entry.id } } };
    // Without `required` the condition also holds where the id is left out.
    const condition = entry.id === idWhenAbsent ? named : { ...named, required: ['id'] };
    const { default: _, ...options } = publish(closedOptions(entry.options)) as Schema;
    return Object.fromEntries([['if', condition] as const, ['then', { properties: { options } }] as const]);
  });
  return { ...schema, properties: { ...properties, id: { ...id, oneOf: choices } }, allOf: conditions };
}

/** TypeBox's form made fit for people and draft 2020-12: nothing with a default is required, tuples are `prefixItems`. */
function publish(schema: JsonSchema): unknown {
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'required') {
      const required = (value as readonly string[]).filter((name) => !('default' in (schema.properties?.[name] ?? {})));
      if (required.length > 0) result[key] = required;
    } else if (key === 'items' && Array.isArray(value)) {
      result.prefixItems = value.map(publish);
      result.items = false;
    } else if (key !== 'additionalItems') {
      result[key] = publishPart(key, value);
    }
  }
  return result;
}

function publishPart(key: string, value: unknown): unknown {
  if (key === 'properties' || key === 'patternProperties') {
    return Object.fromEntries(Object.entries(value as object).map(([name, own]) => [name, publish(own as JsonSchema)]));
  }
  if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') return (value as readonly JsonSchema[]).map(publish);
  const isSchema = key === 'items' || key === 'additionalProperties' || key === 'not';
  return isSchema && typeof value === 'object' && value !== null ? publish(value as JsonSchema) : value;
}
