import { Type } from 'typebox';
import type { ReplayField, ReplaySpec } from '../../experience/index.js';
import { elementSize, maskSize } from '../../spaces/index.js';
import type { LearningPolicy, ReplayContext } from '../port.js';
import { optimizerProperties } from './optimizer.js';

/** Options of algorithms that learn a critic of actions, and a policy from it, out of a replay. */
export const offPolicyProperties = {
  gamma: Type.Number({ default: 0.99, minimum: 0, maximum: 1, description: 'Discount γ per step.' }),
  nStep: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 1000,
    description:
      'Steps of reward that a transition adds up before it trusts the critic. More is faster, and biased by old behavior.',
  }),
  tau: Type.Number({
    default: 0.005,
    exclusiveMinimum: 0,
    maximum: 1,
    description:
      'Share of the way that targets move towards the networks with each update. Smaller is steadier, slower.',
  }),
  batchSize: Type.Integer({
    default: 256,
    minimum: 1,
    maximum: 65_536,
    description: 'Transitions drawn from the replay for one update.',
  }),
  updatesPerIteration: Type.Integer({
    default: 64,
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Updates of the critic after each iteration’s batch. Over the transitions that an iteration collects, it is how much is learned of each.',
  }),
  learningStarts: Type.Integer({
    default: 1000,
    minimum: 0,
    maximum: 1_000_000_000,
    description: 'Transitions that must be held before updates begin.',
  }),
  replayCapacity: Type.Integer({
    default: 100_000,
    minimum: 1,
    maximum: 1_000_000_000,
    description: 'Transitions held; the oldest gives way to the newest. Costs memory and checkpoint size.',
  }),
  learningRate: { ...optimizerProperties.learningRate, default: 1e-3, description: 'Step size of the policy.' },
  criticLearningRate: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 10,
      description: 'Step size of the critic; absent is that of the policy.',
    }),
  ),
  maxGradientNorm: { ...optimizerProperties.maxGradientNorm, default: 10 },
  optimizer: optimizerProperties.optimizer,
} as const;

/** Columns of a replay of one policy's transitions. */
export function transitionFields({ observationSpace, actionSpace, masked }: LearningPolicy): readonly ReplayField[] {
  const F = elementSize(observationSpace);
  const M = masked ? maskSize(actionSpace) : 0;
  const fields: ReplayField[] = [
    { name: 'observation', dtype: 'f32', width: F },
    { name: 'action', dtype: 'f32', width: elementSize(actionSpace) },
    { name: 'reward', dtype: 'f32', width: 1 },
    { name: 'discount', dtype: 'f32', width: 1 },
    { name: 'nextObservation', dtype: 'f32', width: F },
  ];
  if (M === 0) return fields;
  return [...fields, { name: 'actionMask', dtype: 'u8', width: M }, { name: 'nextActionMask', dtype: 'u8', width: M }];
}

/** A replay of the transitions of one policy. */
export const transitionReplay = ({ members, options }: ReplayContext): ReplaySpec => ({
  capacity: (options as { readonly replayCapacity: number }).replayCapacity,
  fields: transitionFields(members[0]!),
  prioritized: false,
});
