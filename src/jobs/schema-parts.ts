import { type TSchema, Type } from 'typebox';

/** The schema of somebody's options with unknown fields refused, unless its author says otherwise. */
export const closedOptions = (schema: TSchema): TSchema =>
  Type.Unsafe<unknown>('additionalProperties' in schema ? schema : { ...schema, additionalProperties: false });
