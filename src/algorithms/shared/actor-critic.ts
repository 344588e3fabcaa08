import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels } from '../../kernels/index.js';
import type { NetworkSpec } from '../../networks/index.js';
import { createPolicy, createValueNetwork, type Policy, type ValueNetwork } from '../../policies/index.js';
import { elementSize } from '../../spaces/index.js';
import type { StateTensor, UpdaterContext } from '../port.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';

/** Rows that are walked through the networks at a time: their activations stay in the first cache levels, and since
 *  gradients add up row by row, the number changes no bit of the result. */
export const BLOCK_ROWS = 256;

/** A block of samples between the forward and the backward pass. An objective reads the first group of arrays and writes the
 *  second: the gradient of its loss with respect to each sample's log-probability, entropy and value. All f32[rows]. */
export interface SampleBlock {
  rows: number;
  /** Which samples of the batch: i32[rows]. */
  readonly samples: I32;
  readonly logProbs: F32;
  readonly entropies: F32;
  /** Zeros where there is no critic. */
  readonly values: F32;

  readonly dLogProbs: F32;
  readonly dEntropies: F32;
  readonly dValues: F32;
}

export type Objective = (block: SampleBlock) => void;

/** A policy, its optional value network and their one optimizer: forward, backward and step in blocks of samples.
 *  Parameters are contiguous: policy network, free parameters of the distribution, value network. */
export class ActorCritic {
  readonly policy: Policy;
  readonly critic: ValueNetwork | null;
  readonly parameters: F32;
  readonly gradients: F32;
  readonly state: readonly StateTensor[];
  private readonly kernels: Kernels;
  private readonly optimizer: Optimizer;
  private readonly maxGradientNorm: number;
  private readonly observationSize: number;
  private readonly policyParameters: F32;
  private readonly criticParameters: F32;
  private readonly policyGradients: F32;
  private readonly criticGradients: F32;
  private readonly block: SampleBlock;
  private readonly observations: F32;
  private readonly actions: F32;
  private readonly masks: Uint8Array;

  constructor(context: UpdaterContext, settings: { readonly critic: boolean; readonly optimizer: OptimizerOptions }) {
    const { kernels, spec, observationSpace, actionSpace, masked } = context;
    const F = elementSize(observationSpace);
    this.kernels = kernels;
    this.observationSize = F;
    this.policy = createPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: F,
      space: actionSpace,
      masked,
      spec,
      maxRows: BLOCK_ROWS,
    });
    this.critic = settings.critic
      ? createValueNetwork(kernels, {
          inputSize: F,
          outputs: 1,
          spec: spec.valueNetwork ?? sameShape(spec.network),
          maxRows: BLOCK_ROWS,
        })
      : null;
    const policyCount = this.policy.parameterCount;
    const criticCount = this.critic?.parameterCount ?? 0;
    const count = policyCount + criticCount;
    this.parameters = kernels.f32(count);
    this.gradients = kernels.f32(count);
    this.policyParameters = kernels.view(this.parameters, 0, policyCount);
    this.criticParameters = kernels.view(this.parameters, policyCount, criticCount);
    this.policyGradients = kernels.view(this.gradients, 0, policyCount);
    this.criticGradients = kernels.view(this.gradients, policyCount, criticCount);
    this.optimizer = new Optimizer(kernels, count, settings.optimizer);
    this.maxGradientNorm = settings.optimizer.maxGradientNorm;
    this.state = [{ name: 'parameters', shape: [count], data: this.parameters }, ...this.optimizer.state];

    const rows = BLOCK_ROWS;
    this.observations = kernels.f32(rows * F);
    this.actions = kernels.f32(rows * this.policy.actionSize);
    this.masks = new Uint8Array(rows * this.policy.maskSize);
    this.block = {
      rows: 0,
      samples: kernels.i32(rows),
      logProbs: kernels.f32(rows),
      entropies: kernels.f32(rows),
      values: kernels.f32(rows),
      dLogProbs: kernels.f32(rows),
      dEntropies: kernels.f32(rows),
      dValues: kernels.f32(rows),
    };
  }

  get actingParameterCount(): number {
    return this.policy.parameterCount;
  }

  initialize(random: RandomStream): void {
    this.policy.initialize(this.policyParameters, random);
    this.critic?.initialize(this.criticParameters, random);
  }

  /** V(observation) of `count` rows: observations f32[count, F], values f32[count]. Leaves values alone without a critic. */
  estimateValues(observations: F32, values: F32, count: number): void {
    this.critic?.predict(this.criticParameters, observations, values, count);
  }

  clearGradients(): void {
    this.gradients.fill(0);
  }

  /** Adds to the gradients those of the objective over batch samples order[start … start + count − 1]. */
  accumulate(batch: PolicyBatch, order: Int32Array, start: number, count: number, objective: Objective): void {
    const { kernels, block, policy, critic, observations, actions, masks, observationSize: F } = this;
    for (let at = start; at < start + count; at += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, start + count - at);
      for (let b = 0; b < rows; b++) block.samples[b] = order[at + b]!;
      block.rows = rows;
      kernels.gatherRows(batch.observations, block.samples, observations, rows, F);
      kernels.gatherRows(batch.actions, block.samples, actions, rows, policy.actionSize);
      if (masks.length > 0) this.gatherMasks(batch, rows);

      policy.evaluate(this.policyParameters, observations, masks, actions, block.logProbs, block.entropies, rows);
      critic?.predict(this.criticParameters, observations, block.values, rows);
      objective(block);
      policy.backward(
        this.policyParameters,
        observations,
        masks,
        actions,
        block.dLogProbs,
        block.dEntropies,
        this.policyGradients,
        rows,
      );
      critic?.backward(this.criticParameters, observations, block.dValues, this.criticGradients, rows);
    }
  }

  /** Clips the gradients, makes optimizer step number `step` (from 1), and returns the norm before clipping. */
  applyGradients(step: number): number {
    const norm = this.kernels.clipGlobalNorm(this.gradients, this.gradients.length, this.maxGradientNorm);
    this.optimizer.step(this.parameters, this.gradients, step);
    this.policy.project(this.policyParameters);
    return norm;
  }

  dispose(): void {
    const { kernels, block } = this;
    this.policy.dispose();
    this.critic?.dispose();
    this.optimizer.dispose();
    for (const array of [this.parameters, this.gradients, this.observations, this.actions]) kernels.free(array);
    kernels.free(block.samples);
    for (const array of [block.logProbs, block.entropies, block.values]) kernels.free(array);
    for (const array of [block.dLogProbs, block.dEntropies, block.dValues]) kernels.free(array);
  }

  private gatherMasks(batch: PolicyBatch, rows: number): void {
    const M = this.policy.maskSize;
    for (let b = 0; b < rows; b++) {
      const from = this.block.samples[b]! * M;
      for (let j = 0; j < M; j++) this.masks[b * M + j] = batch.actionMasks[from + j]!;
    }
  }
}

/** The policy's network as a value network: the scales of its first outputs are for actions. */
function sameShape({ outputGain: _gain, outputBias: _bias, ...shape }: NetworkSpec): NetworkSpec {
  return shape;
}
