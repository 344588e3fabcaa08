import { boundsText } from '../launch/form/form-node.js';
import type { JsonSchema } from '../launch/form/json-schema.js';

export interface OptionRow {
  readonly name: string;
  /** What it may be. */
  readonly values: string;
  readonly default: string;
  readonly description: string;
}

/** The options of a schema, each in a row. */
export const optionRows = (schema: JsonSchema): OptionRow[] =>
  Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name,
    values: valuesOf(option),
    default: option.default === undefined ? '–' : textOf(option.default),
    description: option.description ?? '',
  }));

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function valuesOf(schema: JsonSchema): string {
  if ('const' in schema) return textOf(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(textOf).join(', ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map(valuesOf).join(', ');
  switch (schema.type) {
    case 'integer':
      return `whole number ${boundsText(schema)}`.trim();
    case 'number':
      return `number ${boundsText(schema)}`.trim();
    case 'boolean':
      return 'true, false';
    case 'array':
      return 'list';
    case 'object': {
      const distinguishing = Object.values(schema.properties ?? {}).find((property) => 'const' in property);
      return distinguishing === undefined ? 'object' : textOf(distinguishing.const);
    }
  }
  return schema.type ?? 'any';
}
