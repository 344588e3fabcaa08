import { type Static, Type } from 'typebox';
import { offPolicyProperties } from '../shared/off-policy-options.js';

export const SacOptions = Type.Object(
  {
    ...offPolicyProperties,
    temperature: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1e6,
        description:
          'Weight α of the entropy against the rewards. Absent, it is learned, so that the entropy comes to its target.',
      }),
    ),
    initialTemperature: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      maximum: 1e6,
      description: 'α where it is learned, at the start.',
    }),
    temperatureLearningRate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 10,
        description: 'Step size of log α; absent is that of the policy.',
      }),
    ),
    targetEntropy: Type.Optional(
      Type.Number({
        minimum: -1e6,
        maximum: 1e6,
        description:
          'Boxes: the entropy that α is learned for, with actions measured in halves of the range between two bounds. Absent is −1 for each element.',
      }),
    ),
    targetEntropyShare: Type.Number({
      default: 0.3,
      minimum: 0,
      maximum: 1,
      description:
        'Discrete actions: the entropy that α is learned for, as a share of the largest that the legal choices allow.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type SacOptions = Static<typeof SacOptions>;
