import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

type Json = Readonly<Record<string, unknown>>;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Checks a part of a request. Bodies are JSON and taken as they are; paths, queries and headers are text, and become numbers and
 *  truth values where the schema asks for them and the text is exactly that: 1.5 is no integer, and true no number. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  return (given: unknown) => {
    const value = httpPart === 'body' ? given : convertFields(schema as Json, given);
    if (compiled.Check(value)) return { value };
    return { error: compiled.Errors(value) as never };
  };
};

function convertFields(schema: Json, value: unknown): unknown {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, Json>> };
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [
      name,
      Object.hasOwn(properties, name) ? convert(properties[name]!, text) : text,
    ]),
  );
}

function convert({ type }: Json, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if ((type === 'integer' || type === 'number') && NUMBER.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
