import { type Static, Type } from 'typebox';
import { creditProperties, levelProperties } from '../shared/credit.js';
import { optimizerProperties } from '../shared/optimizer.js';
import { actorCriticProperties } from '../shared/policy-gradient-options.js';

export const A2cOptions = Type.Object(
  { ...optimizerProperties, ...creditProperties(levelProperties), ...actorCriticProperties },
  { additionalProperties: false, default: {} },
);
export type A2cOptions = Static<typeof A2cOptions>;
