import { type Static, Type } from 'typebox';

export const FixedOptions = Type.Object({}, { additionalProperties: false, default: {} });
export type FixedOptions = Static<typeof FixedOptions>;
