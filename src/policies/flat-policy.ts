import type { RandomStream } from '../base/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import { createNetwork, type Network, type ParameterPart, RowBlocks } from '../networks/index.js';
import { elementSize, type Space } from '../spaces/index.js';
import type { ActionDistribution } from './distribution.js';
import { createDistribution } from './distributions/index.js';
import { inWholeBatch } from './empty-mask.js';
import type { PolicySpec } from './spec.js';

export interface PolicyOptions {
  /** Numbers in one observation, F. */
  readonly observationSize: number;
  /** The action space. */
  readonly space: Space;
  /** Whether action masks come with observations. */
  readonly masked: boolean;
  readonly spec: Pick<PolicySpec, 'network' | 'distribution'>;
  /** Rows of one block through the network; `act` takes any number, `evaluate` and `backward` at most this. */
  readonly maxRows: number;
  /** Names the agent or policy in errors. */
  readonly where?: string;
}

/** Network and action distribution as one function of one parameter block:  network [P] · free [Q].
 *  Letters: B rows, F observationSize, A actionSize, M maskSize, N noiseSize. observation f32[B, F]; mask u8[B, M] (empty where
 *  M is 0); noise f32[B, N] of law `noiseKind`; actions f32[B, A]; logProbs, entropies f32[B]. Arrays may be longer.
 *  The hot calls allocate nothing after the first with the same arrays. */
export interface Policy {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind: 'normal' | 'uniform';
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly network: Network;
  readonly distribution: ActionDistribution;

  initialize(parameters: F32, random: RandomStream): void;
  /** The free parameters inside a parameter or gradient block: f32[Q] sharing its memory. */
  free(block: F32): F32;
  /** Samples an action per row, for any B. Throws POLICY_MASK_EMPTY. */
  act(parameters: F32, observation: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void;
  /** Writes the most likely action of each row, for any B. Throws POLICY_MASK_EMPTY. */
  actMode(parameters: F32, observation: F32, mask: Uint8Array, actions: F32, B: number): void;
  /** Log-probability of given actions, and entropy, of B ≤ maxRows rows. Keeps what `backward` needs. */
  evaluate(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    logProbs: F32,
    entropies: F32,
    B: number,
  ): void;
  /** After `evaluate` of the same rows: adds the gradient of Σ_b dLogProbs[b]·logProb_b + dEntropies[b]·entropy_b to gradients f32[P + Q]. */
  backward(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    gradients: F32,
    B: number,
  ): void;
  /** After an optimizer step: puts free parameters back into their bounds. */
  project(parameters: F32): void;
  /** Gives the policy's arrays back to the kernels. */
  dispose(): void;
}

/** Throws POLICY_DISTRIBUTION_UNSUITABLE, POLICY_LOG_STD_INVALID, NETWORK_SIZE_INVALID. */
export function createPolicy(kernels: Kernels, options: PolicyOptions): Policy {
  return new NetworkPolicy(kernels, options);
}

class NetworkPolicy implements Policy {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind: 'normal' | 'uniform';
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly network: Network;
  readonly distribution: ActionDistribution;
  private readonly kernels: Kernels;
  private readonly blocks: RowBlocks;
  private readonly freeOf = new WeakMap<F32, F32>();
  /** f32[maxRows, O]: gradient of the outputs. */
  private readonly dOutputs: F32;
  /** Outputs of the last `evaluate`. */
  private outputs: F32;

  constructor(kernels: Kernels, options: PolicyOptions) {
    const { observationSize, space, masked, spec, maxRows } = options;
    this.distribution = createDistribution(space, spec.distribution, masked, options.where);
    this.network = createNetwork(kernels, spec.network, {
      inputSize: observationSize,
      outputSize: this.distribution.outputSize,
      maxRows,
      // Small first outputs: every action law starts near its center whatever the observation (Andrychowicz et al. 2021, 3.2).
      outputGain: 0.01,
    });
    const { freeParameterCount } = this.distribution;
    const layout = [...this.network.parameterLayout];
    if (freeParameterCount > 0) {
      layout.push({ name: 'distribution.free', shape: [freeParameterCount], offset: this.network.parameterCount });
    }
    this.observationSize = observationSize;
    this.actionSize = elementSize(space);
    this.maskSize = this.distribution.maskSize;
    this.noiseSize = this.distribution.noiseSize;
    this.noiseKind = this.distribution.noiseKind;
    this.maxRows = maxRows;
    this.parameterCount = this.network.parameterCount + freeParameterCount;
    this.parameterLayout = layout;
    this.kernels = kernels;
    this.blocks = new RowBlocks(kernels, maxRows);
    this.dOutputs = kernels.f32(maxRows * this.distribution.outputSize);
    this.outputs = this.dOutputs;
  }

  initialize(parameters: F32, random: RandomStream): void {
    this.network.initialize(parameters, random);
    this.distribution.initialize(this.free(parameters));
  }

  free(block: F32): F32 {
    const known = this.freeOf.get(block);
    if (known !== undefined) return known;
    const free = this.kernels.view(block, this.network.parameterCount, this.distribution.freeParameterCount);
    this.freeOf.set(block, free);
    return free;
  }

  act(parameters: F32, observation: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { blocks, maxRows, network, distribution } = this;
    const free = this.free(parameters);
    for (let first = 0, block = 0; first < B; first += maxRows, block++) {
      const rows = Math.min(maxRows, B - first);
      const outputs = network.forward(parameters, blocks.floatsFrom(observation, this.observationSize, block), rows);
      try {
        distribution.sample(
          outputs,
          free,
          blocks.bytesFrom(mask, this.maskSize, block),
          blocks.floatsFrom(noise, this.noiseSize, block),
          blocks.floatsFrom(actions, this.actionSize, block),
          blocks.floatsFrom(logProbs, 1, block),
          rows,
        );
      } catch (error) {
        throw inWholeBatch(error, first);
      }
    }
  }

  actMode(parameters: F32, observation: F32, mask: Uint8Array, actions: F32, B: number): void {
    const { blocks, maxRows, network, distribution } = this;
    const free = this.free(parameters);
    for (let first = 0, block = 0; first < B; first += maxRows, block++) {
      const rows = Math.min(maxRows, B - first);
      const outputs = network.forward(parameters, blocks.floatsFrom(observation, this.observationSize, block), rows);
      try {
        distribution.mode(
          outputs,
          free,
          blocks.bytesFrom(mask, this.maskSize, block),
          blocks.floatsFrom(actions, this.actionSize, block),
          rows,
        );
      } catch (error) {
        throw inWholeBatch(error, first);
      }
    }
  }

  evaluate(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    logProbs: F32,
    entropies: F32,
    B: number,
  ): void {
    const free = this.free(parameters);
    const outputs = this.network.forward(parameters, observation, B);
    this.outputs = outputs;
    this.distribution.logProb(outputs, free, mask, actions, logProbs, B);
    this.distribution.entropy(outputs, free, mask, entropies, B);
  }

  backward(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    gradients: F32,
    B: number,
  ): void {
    const { dOutputs } = this;
    this.distribution.backward(
      this.outputs,
      this.free(parameters),
      mask,
      actions,
      dLogProbs,
      dEntropies,
      dOutputs,
      this.free(gradients),
      B,
    );
    this.network.backward(parameters, observation, dOutputs, gradients, B);
  }

  project(parameters: F32): void {
    this.distribution.project(this.free(parameters));
  }

  dispose(): void {
    this.network.dispose();
    this.kernels.free(this.dOutputs);
  }
}
