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
    relaxation: Type.Union([Type.Literal('straightThrough'), Type.Literal('soft')], {
      default: 'straightThrough',
      description:
        'Choices: what critics are shown for the policies’ own. straightThrough: one of them, as was acted. soft: shares of all, of which the gradient is the true one.',
    }),
    temperature: Type.Number({
      default: 1,
      minimum: 0.01,
      maximum: 100,
      description:
        'Choices: τ of the relaxation. Low comes closer to one choice, with gradients that are more seldom and greater.',
    }),
    logitPenalty: Type.Number({
      default: 1e-3,
      minimum: 0,
      maximum: 100,
      description:
        'Choices: weight of the mean squared logit in the policy’s loss. More keeps policies apart from certainty, and exploring.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type MaddpgOptions = Static<typeof MaddpgOptions>;
