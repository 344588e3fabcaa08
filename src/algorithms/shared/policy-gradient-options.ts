import { Type } from 'typebox';
import { scheduleProperty } from './schedule.js';

/** Weight of the entropy bonus, which may change over the iterations. */
export const entropyProperty = scheduleProperty({
  default: 0,
  minimum: 0,
  maximum: 100,
  description: 'Weight of the entropy bonus.',
});

/** Whether rewards are brought to one scale. */
export const normalizeRewardsProperty = Type.Boolean({
  default: false,
  description:
    'Rewards are divided by the standard deviation of their discounted sums, over all that was learned from so far; per level with decoupled credit. For rewards of unknown or large scale.',
});

/** How far back the gradients of policies with a memory flow. */
export const sequenceProperties = {
  sequenceLength: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_048_576,
      description:
        'Policies with a memory: the horizon is cut into sequences of so many steps, and gradients flow back within one of them only; what is remembered goes on. Shorter ones take less memory of the learner and teach less about the past. Absent is the whole horizon.',
    }),
  ),
};

/** Options of the actor–critics that make one pass over each batch. */
export const actorCriticProperties = {
  gamma: Type.Number({ default: 0.99, minimum: 0, maximum: 1, description: 'Discount γ per step.' }),
  lambda: Type.Number({
    default: 0.95,
    minimum: 0,
    maximum: 1,
    description: 'GAE λ: 0 trusts the critic (bias), 1 the rewards (variance).',
  }),
  minibatches: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 65_536,
    description: 'Optimizer steps of the one pass over a batch.',
  }),
  ...sequenceProperties,
  valueCoefficient: Type.Number({ default: 0.5, minimum: 0, maximum: 100, description: 'Weight of the value loss.' }),
  entropyCoefficient: entropyProperty,
  normalizeAdvantages: Type.Boolean({
    default: true,
    description: 'Advantages of a batch get mean 0 and standard deviation 1.',
  }),
  normalizeRewards: normalizeRewardsProperty,
};
