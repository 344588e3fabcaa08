import { type Static, Type } from 'typebox';
import { creditProperties, levelProperties } from '../shared/credit.js';
import { optimizerProperties } from '../shared/optimizer.js';
import { entropyProperty, normalizeRewardsProperty, sequenceProperties } from '../shared/policy-gradient-options.js';
import { vtraceProperties } from '../shared/vtrace-options.js';

export const PpoOptions = Type.Object(
  {
    ...optimizerProperties,
    ...creditProperties({
      ...levelProperties,
      lambda: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'GAE λ of the level.' })),
    }),
    gamma: Type.Number({ default: 0.99, minimum: 0, maximum: 1, description: 'Discount γ per step.' }),
    lambda: Type.Number({
      default: 0.95,
      minimum: 0,
      maximum: 1,
      description: 'GAE λ: 0 trusts the critic (bias), 1 the rewards (variance).',
    }),
    clip: Type.Number({
      default: 0.2,
      exclusiveMinimum: 0,
      maximum: 10,
      description: 'Ratios beyond 1 ± clip earn nothing more: how far one iteration may move the policy.',
    }),
    epochs: Type.Integer({ default: 4, minimum: 1, maximum: 1000, description: 'Passes over each batch.' }),
    minibatches: Type.Integer({ default: 4, minimum: 1, maximum: 65_536, description: 'Optimizer steps per epoch.' }),
    shuffle: Type.Union([Type.Literal('samples'), Type.Literal('instances')], {
      default: 'samples',
      description:
        'Minibatches of random samples, or of whole instances with all their steps (faster, more correlated). Policies with a memory always take whole instances.',
    }),
    ...sequenceProperties,
    advantages: Type.Union([Type.Literal('gae'), Type.Literal('vtrace')], {
      default: 'gae',
      description:
        'How advantages and value targets are estimated. vtrace corrects them for the age of the policy that acted, with λ as its trace’s.',
    }),
    ...vtraceProperties,
    entropyCoefficient: entropyProperty,
    valueCoefficient: Type.Number({ default: 0.5, minimum: 0, maximum: 100, description: 'Weight of the value loss.' }),
    valueClip: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e9,
        description: 'Value predictions beyond old ± valueClip earn nothing more; absent is unclipped.',
      }),
    ),
    normalizeAdvantages: Type.Boolean({
      default: true,
      description: 'Advantages of a minibatch get mean 0 and standard deviation 1.',
    }),
    normalizeRewards: normalizeRewardsProperty,
    targetKl: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'No further epoch once the mean KL divergence from the acting policy passes 1.5 × this.',
      }),
    ),
  },
  { additionalProperties: false, default: {} },
);
export type PpoOptions = Static<typeof PpoOptions>;
