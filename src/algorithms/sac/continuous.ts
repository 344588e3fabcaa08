import type { RandomStream } from '../../base/index.js';
import { logF64 } from '../../base/math/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { type FlatPolicy, valueShapeOf } from '../../policies/index.js';
import { type BoxSpace, elementSize, highOf, lowOf } from '../../spaces/index.js';
import type { UpdaterContext } from '../port.js';
import { ActionCritics } from '../shared/action-critic.js';
import type { ReplayMinibatch } from '../shared/replay-minibatch.js';
import type { SacOptions } from './options.js';
import type { SoftActions, SoftPolicyLoss } from './soft-actions.js';

const OBSERVATION = 0;
const ACTION = 1;

/** Actions of a box: one is drawn for each expectation, and the gradient goes through it (the reparameterization); critics read
 *  observation and action. Source: Haarnoja et al. 2018, eq. 8 and 13. */
export class ContinuousActions implements SoftActions {
  readonly critics: ActionCritics;
  private readonly kernels: Kernels;
  private readonly policy: FlatPolicy;
  private readonly targetEntropy: number;
  private readonly free: F32;
  private readonly noise: F32;
  private readonly actions: F32;
  private readonly logProbs: F32;
  private readonly dLogProbs: F32;
  private readonly dActions: F32;
  private readonly dOutputs: F32;
  /** Of each critic: the gradient of its value, where it is the least. */
  private readonly dValues: readonly F32[];
  private readonly noMask = new Uint8Array(0);

  constructor(context: UpdaterContext, policy: FlatPolicy) {
    const { kernels, spec } = context;
    const { batchSize: rows, targetEntropy } = context.options as SacOptions;
    const space = context.actionSpace as BoxSpace;
    const A = elementSize(space);
    this.kernels = kernels;
    this.policy = policy;
    this.critics = new ActionCritics(kernels, {
      parts: [elementSize(context.observationSpace), A],
      critics: 2,
      outputs: 1,
      spec: spec.valueNetwork ?? valueShapeOf(spec.network),
      maxRows: rows,
    });
    this.targetEntropy = (targetEntropy ?? -A) + logHalfRanges(space);
    this.free = kernels.f32(0);
    this.noise = kernels.f32(rows * A);
    this.actions = kernels.f32(rows * A);
    this.dActions = kernels.f32(rows * A);
    this.dOutputs = kernels.f32(rows * policy.distribution.outputSize);
    this.logProbs = kernels.f32(rows);
    this.dLogProbs = kernels.f32(rows);
    this.dValues = [kernels.f32(rows), kernels.f32(rows)];
  }

  nextValues(
    minibatch: ReplayMinibatch,
    policy: F32,
    targetCritics: F32,
    temperature: number,
    values: F32,
    random: RandomStream,
  ): void {
    const { critics, logProbs } = this;
    const B = minibatch.rows;
    this.draw(minibatch.nextObservations, policy, B, random);
    critics.join([minibatch.nextObservations, this.actions], B);
    critics.minimum(targetCritics, values, B);
    for (let b = 0; b < B; b++) values[b] = values[b]! - temperature * logProbs[b]!;
  }

  valuesTaken({ observations, actions, rows }: ReplayMinibatch, critics: F32, j: number): F32 {
    if (j === 0) this.critics.join([observations, actions], rows);
    return this.critics.evaluate(critics, j, rows);
  }

  backwardTaken({ rows }: ReplayMinibatch, critics: F32, j: number, dValues: F32, gradients: F32): void {
    this.critics.backward(critics, j, dValues, gradients, rows);
  }

  policyGradient(
    minibatch: ReplayMinibatch,
    policy: F32,
    critics: F32,
    temperature: number,
    gradients: F32,
    random: RandomStream,
  ): SoftPolicyLoss {
    const { dActions, dLogProbs, dOutputs, logProbs } = this;
    const [first, second] = this.dValues as readonly [F32, F32];
    const { network, distribution } = this.policy;
    const { observations, rows: B } = minibatch;
    const outputs = this.draw(observations, policy, B, random);
    this.critics.setPart(OBSERVATION, observations, B);
    this.critics.setPart(ACTION, this.actions, B);
    const [one, two] = [this.critics.evaluate(critics, 0, B), this.critics.evaluate(critics, 1, B)];
    let value = 0;
    let logProb = 0;
    for (let b = 0; b < B; b++) {
      const isFirst = one[b]! <= two[b]!;
      first[b] = isFirst ? -1 / B : 0;
      second[b] = isFirst ? 0 : -1 / B;
      value += isFirst ? one[b]! : two[b]!;
      logProb += logProbs[b]!;
      dLogProbs[b] = temperature / B;
    }
    dActions.fill(0);
    this.critics.addPartGradient(critics, 0, first, ACTION, dActions, B);
    this.critics.addPartGradient(critics, 1, second, ACTION, dActions, B);
    distribution.sampleBackward!(outputs, this.noise, dActions, dLogProbs, dOutputs, B);
    network.backward(policy, observations, dOutputs, gradients, B);
    return {
      loss: (temperature * logProb - value) / B,
      entropy: -logProb / B,
      targetEntropy: this.targetEntropy,
    };
  }

  dispose(): void {
    const { kernels } = this;
    this.critics.dispose();
    for (const array of [this.free, this.noise, this.actions, this.dActions, this.dOutputs]) kernels.free(array);
    for (const array of [this.logProbs, this.dLogProbs, ...this.dValues]) kernels.free(array);
  }

  /** Actions, their noise and log-probabilities at observations f32[B, F]; returns the network's outputs. */
  private draw(observations: F32, policy: F32, B: number, random: RandomStream): F32 {
    const { noise } = this;
    const { network, distribution } = this.policy;
    this.kernels.fillNormal(random.takeBlocks(Math.ceil(noise.length / 4)), noise, noise.length);
    const outputs = network.forward(policy, observations, B);
    distribution.observe?.(observations, B);
    distribution.sample(outputs, this.free, this.noMask, noise, this.actions, this.logProbs, B);
    return outputs;
  }
}

/** What measuring actions in halves of the range takes off an entropy; elements without two constant bounds are measured as they are. */
function logHalfRanges(space: BoxSpace): number {
  let sum = 0;
  for (let j = 0; j < elementSize(space); j++) {
    const half = highOf(space, j) / 2 - lowOf(space, j) / 2;
    if (Number.isFinite(half)) sum += logF64(half);
  }
  return sum;
}
