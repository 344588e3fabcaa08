import { type Static, Type } from 'typebox';
import { offPolicyProperties } from '../off-policy-options.js';
import { optimizerProperties } from '../optimizer.js';
import { scheduleProperty } from '../schedule.js';

/** Options of algorithms that learn action values from a replay, and act ε-greedily by them. */
export const qLearningProperties = {
  gamma: offPolicyProperties.gamma,
  nStep: {
    ...offPolicyProperties.nStep,
    description:
      'Steps of reward that a transition adds up before it trusts the values. More is faster, and biased by old and exploring behavior.',
  },
  double: Type.Boolean({
    default: true,
    description:
      'The networks choose the next action and the targets value it, which overestimates less than the greatest target.',
  }),
  dueling: Type.Boolean({
    default: false,
    description:
      'Values are V(o) + A(o, a) − mean A: V a network of its own (valueNetwork), A that of the policy. Helps where actions often matter little.',
  }),
  epsilon: scheduleProperty({
    default: { kind: 'linear', from: 1, to: 0.05, iterations: 100 },
    minimum: 0,
    maximum: 1,
    description: 'Share of actions that are random.',
  }),
  huberDelta: Type.Number({
    default: 30,
    exclusiveMinimum: 0,
    maximum: 1e9,
    description:
      'Errors count squared up to here, linearly beyond. Where most are beyond, values become medians in place of means; larger is less steady against outliers.',
  }),
  batchSize: { ...offPolicyProperties.batchSize, default: 64 },
  updatesPerIteration: {
    ...offPolicyProperties.updatesPerIteration,
    default: 32,
    description:
      'Updates after each iteration’s batch. Times batchSize, over the transitions that an iteration collects, it is how often each is learned from.',
  },
  learningStarts: offPolicyProperties.learningStarts,
  replayCapacity: offPolicyProperties.replayCapacity,
  prioritized: Type.Optional(
    Type.Object(
      {
        alpha: Type.Number({
          default: 0.6,
          minimum: 0,
          maximum: 1,
          description: 'How much errors decide what is drawn: 0 not at all, 1 in proportion.',
        }),
        beta: scheduleProperty({
          default: { kind: 'linear', from: 0.4, to: 1, iterations: 1000 },
          minimum: 0,
          maximum: 1,
          description: 'How far the bias of drawing by error is corrected; 1 is wholly.',
        }),
      },
      {
        additionalProperties: false,
        description: 'Draws transitions by their error of late; absent draws all alike.',
      },
    ),
  ),
  targetUpdateEvery: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 1_000_000_000,
    description: 'Updates between those of the targets. More is steadier, slower.',
  }),
  tau: {
    ...offPolicyProperties.tau,
    default: 1,
    description:
      'Share of the way that targets move towards the networks each time; 1 copies. For a small share, as 0.005, set targetUpdateEvery to 1.',
  },
  learningRate: { ...optimizerProperties.learningRate, default: 5e-4 },
  maxGradientNorm: { ...optimizerProperties.maxGradientNorm, default: 10 },
  optimizer: optimizerProperties.optimizer,
} as const;

/** Options of those that learn the value of a whole team. */
export const teamProperties = {
  teamReward: Type.Union([Type.Literal('mean'), Type.Literal('sum')], {
    default: 'mean',
    description: 'What the team is paid: the mean of its agents’ rewards, or their sum.',
  }),
} as const;

const QLearningOptions = Type.Object(qLearningProperties);
export type QLearningOptions = Static<typeof QLearningOptions>;
