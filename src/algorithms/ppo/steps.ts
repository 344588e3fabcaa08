import type { PolicyBatch } from '../../experience/index.js';
import {
  type AdamStep,
  type ClippedStepOptions,
  type ClippedSteps,
  groupedKernels,
  type Kernels,
} from '../../kernels/index.js';
import type { ActorCritic } from '../shared/actor-critic.js';
import type { MinibatchOrder } from '../shared/minibatch-order.js';
import type { ChannelReturns } from '../shared/returns.js';
import { scheduled } from '../shared/schedule.js';
import type { PpoOptions } from './options.js';
import type { PpoSums } from './sums.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The optimizer steps of an epoch by one call of the kernels each, where these can do so: what a call costs is most of what a step of a
 *  small policy does. The bits are those of `ActorCritic.accumulate` and `applyGradients`. */
export class FusedSteps {
  private readonly steps: ClippedSteps;
  private readonly options: PpoOptions;
  private readonly settings: Mutable<Omit<ClippedStepOptions, 'adam'>> & { readonly adam: Mutable<AdamStep> };
  private iteration = 0;

  /** Null where steps have to be taken one kernel after the other. */
  static of(
    kernels: Kernels,
    actorCritic: ActorCritic,
    options: PpoOptions,
    logStdBounds: readonly [number, number],
  ): FusedSteps | null {
    const learner = actorCritic.clippedLearner;
    const grouped = groupedKernels(kernels);
    if (grouped === null || learner === null) return null;
    return new FusedSteps(grouped.clippedSteps({ ...learner, logStdBounds }), options);
  }

  private constructor(steps: ClippedSteps, options: PpoOptions) {
    const { beta1, beta2, epsilon, weightDecay, decayMode } = options.optimizer;
    this.steps = steps;
    this.options = options;
    this.settings = {
      clip: options.clip,
      valueClip: options.valueClip ?? Infinity,
      valueCoefficient: options.valueCoefficient,
      entropyCoefficient: 0,
      maxGradientNorm: options.maxGradientNorm,
      normalizeAdvantages: options.normalizeAdvantages,
      adam: { learningRate: 0, beta1, beta2, epsilon, weightDecay, decayMode, step: 0 },
    };
  }

  begin(batch: PolicyBatch, returns: ChannelReturns, entropyCoefficient: number, iteration: number): void {
    const { observations, actions, behaviorLogProbs } = batch;
    const { advantages, values: oldValues, valueTargets } = returns;
    this.steps.begin({ observations, actions, behaviorLogProbs, advantages, oldValues, valueTargets });
    this.iteration = iteration;
    this.settings.entropyCoefficient = entropyCoefficient;
  }

  /** Steps on all minibatches, whose sums are added to those of the epoch; returns the sum of the gradients' norms since `begin`. */
  epoch(order: MinibatchOrder, counters: Record<string, number>, sums: PpoSums): number {
    const { steps, settings } = this;
    settings.adam.learningRate = scheduled(this.options.learningRate, this.iteration);
    for (let m = 0; m < order.minibatches; m++) {
      const part = order.parts[m]!;
      settings.adam.step = counters.optimizerSteps! + 1;
      counters.optimizerSteps = settings.adam.step;
      steps.step(part, part.length, settings);
      sums.samples += part.length;
      sums.decided += part.length;
    }
    const { policyLoss, valueLoss, kl, clipped, entropy, gradientNorm } = steps.takeSums();
    sums.policyLoss += policyLoss;
    sums.valueLoss += valueLoss;
    sums.kl += kl;
    sums.clipped += clipped;
    sums.entropy += entropy;
    return gradientNorm;
  }

  dispose(): void {
    this.steps.dispose();
  }
}
