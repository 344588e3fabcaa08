import { type Static, Type } from 'typebox';
import { explorationProperties } from '../shared/exploration-options.js';
import { offPolicyProperties } from '../shared/off-policy-options.js';

export const MaddpgOptions = Type.Object(
  {
    ...offPolicyProperties,
    ...explorationProperties,
    critics: Type.Union([Type.Literal(1), Type.Literal(2)], {
      default: 1,
      description: 'Critics of each policy. 2: the lesser value counts, against overestimation.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type MaddpgOptions = Static<typeof MaddpgOptions>;
