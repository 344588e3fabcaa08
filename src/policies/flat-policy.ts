import type { RandomStream } from '../base/index.js';
import type { ChainLayer, F32, Kernels } from '../kernels/index.js';
import { createNetwork, type Network, type ParameterPart, RowBlocks, type Sequences } from '../networks/index.js';
import { type CompositeSpace, elementSize, type SimpleSpace } from '../spaces/index.js';
import { type ActionDistribution, evaluateLaw } from './distribution.js';
import { createDistribution } from './distributions/index.js';
import type { ParameterGroup, Policy, PolicyOptions } from './port.js';
import { inWholeBatch } from './row-errors.js';
import { SequenceBlocks } from './sequence-blocks.js';

export interface FlatPolicyOptions extends PolicyOptions {
  readonly space: SimpleSpace | CompositeSpace;
}

/** A policy that decides everything at once: one network, one law. Parameters:  network [P] · free [Q]. */
export interface FlatPolicy extends Policy {
  readonly network: Network;
  readonly distribution: ActionDistribution;
  /** The free parameters inside a parameter or gradient block: f32[Q] sharing its memory. */
  free(block: F32): F32;
}

/** Throws POLICY_DISTRIBUTION_UNSUITABLE, POLICY_LOG_STD_INVALID, NETWORK_SIZE_INVALID. */
export function createFlatPolicy(kernels: Kernels, options: FlatPolicyOptions): FlatPolicy {
  return kernels.allOrNothing(() => new NetworkPolicy(kernels, options));
}

class NetworkPolicy implements FlatPolicy {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind: 'normal' | 'uniform';
  readonly levelCount = 1;
  readonly stateSize: number;
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly parameterGroups: readonly ParameterGroup[];
  readonly network: Network;
  readonly distribution: ActionDistribution;
  readonly gaussianLayers: readonly ChainLayer[] | undefined;
  private readonly kernels: Kernels;
  private readonly blocks: RowBlocks;
  private readonly sequenceBlocks: SequenceBlocks;
  private readonly freeOf = new WeakMap<F32, F32>();
  /** f32[maxRows, O]: gradient of the outputs. */
  private readonly dOutputs: F32;
  /** Outputs of the last `evaluate`. */
  private outputs: F32;

  constructor(kernels: Kernels, options: FlatPolicyOptions) {
    const { observationSize, space, masked, spec, maxRows } = options;
    this.distribution = createDistribution(space, spec.distribution, masked, options.where, observationSize, kernels);
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
    this.stateSize = this.network.stateSize;
    this.maxRows = maxRows;
    this.parameterCount = this.network.parameterCount + freeParameterCount;
    this.parameterLayout = layout;
    this.parameterGroups = [{ name: 'policy', offset: 0, count: this.parameterCount }];
    this.gaussianLayers = this.distribution.isDiagonalGaussian ? this.network.denseLayers : undefined;
    this.kernels = kernels;
    this.blocks = new RowBlocks(kernels, maxRows);
    this.sequenceBlocks = new SequenceBlocks(this.blocks, this.stateSize);
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

  get states(): F32 | null {
    return this.network.states;
  }

  act(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    noise: F32,
    actions: F32,
    logProbs: F32,
    B: number,
    sequences?: Sequences,
  ): void {
    const { blocks, maxRows, network, distribution } = this;
    const free = this.free(parameters);
    for (let first = 0, block = 0; first < B; first += maxRows, block++) {
      const rows = Math.min(maxRows, B - first);
      const observed = blocks.floatsFrom(observation, this.observationSize, block);
      const outputs = network.forward(parameters, observed, rows, this.sequenceBlocks.of(sequences, block));
      try {
        distribution.observe?.(observed, rows);
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
        throw inWholeBatch(error, (row) => row + first);
      }
    }
  }

  actMode(parameters: F32, observation: F32, mask: Uint8Array, actions: F32, B: number, sequences?: Sequences): void {
    const { blocks, maxRows, network, distribution } = this;
    const free = this.free(parameters);
    for (let first = 0, block = 0; first < B; first += maxRows, block++) {
      const rows = Math.min(maxRows, B - first);
      const observed = blocks.floatsFrom(observation, this.observationSize, block);
      const outputs = network.forward(parameters, observed, rows, this.sequenceBlocks.of(sequences, block));
      try {
        distribution.observe?.(observed, rows);
        distribution.mode(
          outputs,
          free,
          blocks.bytesFrom(mask, this.maskSize, block),
          blocks.floatsFrom(actions, this.actionSize, block),
          rows,
        );
      } catch (error) {
        throw inWholeBatch(error, (row) => row + first);
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
    sequences?: Sequences,
  ): void {
    const free = this.free(parameters);
    const outputs = this.network.forward(parameters, observation, B, sequences);
    this.outputs = outputs;
    this.distribution.observe?.(observation, B);
    evaluateLaw(this.distribution, outputs, free, mask, actions, logProbs, entropies, B);
  }

  remember(parameters: F32, observation: F32, B: number, sequences: Sequences): void {
    this.network.forward(parameters, observation, B, sequences);
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
    this.distribution.dispose?.();
    this.kernels.free(this.dOutputs);
  }
}
