import { type Static, Type } from 'typebox';
import { explorationProperties } from '../shared/exploration-options.js';
import { offPolicyProperties } from '../shared/off-policy-options.js';

export const Td3Options = Type.Object(
  {
    ...offPolicyProperties,
    ...explorationProperties,
    policyDelay: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 1000,
      description: 'Updates of the critics for each of the policy and the targets. More lets values settle first.',
    }),
    targetNoise: Type.Number({
      default: 0.2,
      minimum: 0,
      maximum: 100,
      description:
        'Standard deviation of the noise on target actions, in halves of the range: values are learned as smooth as that.',
    }),
    noiseClip: Type.Number({
      default: 0.5,
      minimum: 0,
      maximum: 100,
      description: 'Bound of the noise on target actions, in halves of the range.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type Td3Options = Static<typeof Td3Options>;
