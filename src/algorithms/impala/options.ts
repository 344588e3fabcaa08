import { type Static, Type } from 'typebox';
import { creditProperties, levelProperties } from '../shared/credit.js';
import { optimizerProperties } from '../shared/optimizer.js';
import { actorCriticProperties } from '../shared/policy-gradient-options.js';
import { vtraceProperties } from '../shared/vtrace-options.js';

export const ImpalaOptions = Type.Object(
  {
    ...optimizerProperties,
    ...creditProperties(levelProperties),
    ...actorCriticProperties,
    lambda: Type.Number({
      default: 1,
      minimum: 0,
      maximum: 1,
      description: 'λ of the V-trace: 1 sums over all later steps, 0 trusts the critic.',
    }),
    ...vtraceProperties,
  },
  { additionalProperties: false, default: {} },
);
export type ImpalaOptions = Static<typeof ImpalaOptions>;
