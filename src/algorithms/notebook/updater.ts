import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels } from '../../kernels/index.js';
import { createFlatPolicy, type FlatPolicy } from '../../policies/index.js';
import { type BoxSpace, elementSize } from '../../spaces/index.js';
import { BLOCK_ROWS } from '../block-rows.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext } from '../port.js';
import { Optimizer } from '../shared/optimizer.js';
import type { NotebookOptions } from './options.js';
import { discountFromStart, rewardsToGo, sumOverTrajectories } from './weights.js';

/** Adam as PyTorch's default has it; the notebook sets nothing but the learning rate. */
const ADAM = {
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0,
  weightDecay: 0,
  decayMode: 'coupled',
} as const;

/** The update of the notebook that the median game comes from: for each step i of the rollout the loss
 *      L_i = −Σ_s (Σ_{k≥i} γᵏ r_{k,s}) · a_{i,s}²
 *  and one Adam step, a being the policy's action recomputed on its observation. It pulls every action to 0, where all agents
 *  agree; it is no policy gradient, and is kept as the baseline that teaches the difference. */
export class NotebookUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: NotebookOptions;
  private readonly policy: FlatPolicy;
  private readonly optimizer: Optimizer;
  private readonly parameters: F32;
  private readonly gradients: F32;
  private readonly observationSize: number;
  private readonly observations: F32;
  private readonly dOutputs: F32;
  private readonly rows: I32;
  private readonly discounted: Float64Array;
  private readonly weights: Float64Array;
  private readonly afterStep: F32;

  constructor(context: UpdaterContext) {
    const { kernels } = context;
    const { segments, horizon, instances } = context.batchShape;
    const F = elementSize(context.observationSpace);
    const samples = segments * horizon * instances;
    this.kernels = kernels;
    this.options = context.options as NotebookOptions;
    this.policy = createFlatPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: F,
      // The catalog says that this algorithm learns boxes only.
      space: context.actionSpace as BoxSpace,
      masked: context.masked,
      spec: context.spec,
      maxRows: BLOCK_ROWS,
    });
    const count = this.policy.parameterCount;
    this.parameters = kernels.f32(count);
    this.gradients = kernels.f32(count);
    this.optimizer = new Optimizer(kernels, count, {
      learningRate: this.options.learningRate,
      maxGradientNorm: Infinity,
      optimizer: ADAM,
    });
    this.rewardChannels = [context.rewardHeads.map((_, h) => h)];
    this.observationSize = F;
    this.observations = kernels.f32(BLOCK_ROWS * F);
    this.dOutputs = kernels.f32(BLOCK_ROWS * this.policy.distribution.outputSize);
    this.rows = kernels.i32(BLOCK_ROWS);
    this.discounted = new Float64Array(samples);
    this.weights = new Float64Array(samples);
    this.afterStep = kernels.f32(this.options.asWritten ? samples * F : 1);
    this.state = [
      { name: 'parameters', shape: [count], data: this.parameters },
      ...this.optimizer.state,
      { name: 'gradients', shape: [count], data: this.gradients },
    ];
  }

  get acting(): readonly ActingPart[] {
    return [{ offset: 0, count: this.policy.parameterCount }];
  }

  initialize(random: RandomStream): void {
    this.policy.initialize(this.parameters, random);
  }

  update(batch: PolicyBatch, _random: RandomStream): UpdateMetrics {
    const { options, parameters, gradients, optimizer } = this;
    discountFromStart(batch, options.gamma, this.discounted);
    rewardsToGo(batch, this.discounted, this.weights);
    if (options.asWritten) {
      sumOverTrajectories(batch, this.weights);
      this.shiftObservations(batch);
    }
    const observations = options.asWritten ? this.afterStep : batch.observations;
    let loss = 0;
    for (let t = 0; t < batch.shape.horizon; t++) {
      if (!options.asWritten) gradients.fill(0);
      loss += this.accumulate(batch, observations, t);
      const step = this.counters.optimizerSteps! + 1;
      this.counters.optimizerSteps = step;
      optimizer.step(parameters, gradients, step);
    }
    return { policyLoss: loss / batch.samples };
  }

  dispose(): void {
    const { kernels } = this;
    this.policy.dispose();
    this.optimizer.dispose();
    for (const array of [this.parameters, this.gradients, this.observations, this.dOutputs]) kernels.free(array);
    kernels.free(this.rows);
    kernels.free(this.afterStep);
  }

  /** Adds the gradient of L_t, and returns L_t. */
  private accumulate(batch: PolicyBatch, observations: F32, t: number): number {
    const { segments: S, horizon: T, instances: B, actionSize: A } = batch.shape;
    const { kernels, policy, rows, weights, dOutputs, observationSize: F } = this;
    const { network } = policy;
    let loss = 0;
    for (let start = 0; start < S * B; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, S * B - start);
      for (let j = 0; j < count; j++) {
        const trajectory = start + j;
        const s = Math.floor(trajectory / B);
        rows[j] = (s * T + t) * B + (trajectory - s * B);
      }
      kernels.gatherRows(observations, rows, this.observations, count, F);
      const actions = network.forward(this.parameters, this.observations, count);
      for (let j = 0; j < count; j++) {
        const weight = weights[rows[j]!]!;
        for (let a = 0; a < A; a++) {
          const action = actions[j * A + a]!;
          dOutputs[j * A + a] = -2 * weight * action;
          loss -= weight * action * action;
        }
      }
      network.backward(this.parameters, this.observations, dOutputs, this.gradients, count);
    }
    return loss;
  }

  /** afterStep[n] = the observation after sample n's step: that of the next step, or the final one where the game ended. */
  private shiftObservations(batch: PolicyBatch): void {
    const { segments: S, horizon: T, instances: B, observationSize: F } = batch.shape;
    const { afterStep } = this;
    for (let s = 0; s < S; s++) {
      const first = s * T * B * F;
      const last = first + (T - 1) * B * F;
      afterStep.set(batch.observations.subarray(first + B * F, first + T * B * F), first);
      afterStep.set(batch.lastObservations.subarray(s * B * F, (s + 1) * B * F), last);
    }
    for (let e = 0; e < batch.finalCount; e++) {
      afterStep.set(batch.finalObservations.subarray(e * F, (e + 1) * F), batch.finalSamples[e]! * F);
    }
  }
}
