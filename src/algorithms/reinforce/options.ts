import { type Static, Type } from 'typebox';
import { creditProperties, levelProperties } from '../shared/credit.js';
import { optimizerProperties } from '../shared/optimizer.js';
import { entropyProperty, normalizeRewardsProperty, sequenceProperties } from '../shared/policy-gradient-options.js';

export const ReinforceOptions = Type.Object(
  {
    ...optimizerProperties,
    ...creditProperties(levelProperties),
    gamma: Type.Number({ default: 0.99, minimum: 0, maximum: 1, description: 'Discount γ per step.' }),
    baseline: Type.Boolean({
      default: true,
      description:
        'A value network is learned, subtracted from the returns, and stands for the rewards beyond the horizon. Without it those count as 0.',
    }),
    valueCoefficient: Type.Number({ default: 0.5, minimum: 0, maximum: 100, description: 'Weight of the value loss.' }),
    entropyCoefficient: entropyProperty,
    normalizeAdvantages: Type.Boolean({
      default: true,
      description: 'Returns (less the baseline) of a batch get mean 0 and standard deviation 1.',
    }),
    normalizeRewards: normalizeRewardsProperty,
    ...sequenceProperties,
    ratioClip: Type.Number({
      default: 2,
      minimum: 1,
      maximum: 1e6,
      description: 'Upper bound of the importance ratio that corrects for lag.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type ReinforceOptions = Static<typeof ReinforceOptions>;
