import type { RandomStream } from '../base/index.js';
import type { ChainLayer, F32 } from '../kernels/index.js';
import type { ParameterPart, Sequences } from '../networks/index.js';
import type { Space } from '../spaces/index.js';
import type { PolicySpec } from './spec.js';

export interface PolicyOptions {
  /** Numbers in one observation, F. */
  readonly observationSize: number;
  /** The action space. */
  readonly space: Space;
  /** Whether action masks come with observations. */
  readonly masked: boolean;
  readonly spec: Pick<PolicySpec, 'network' | 'distribution'> & Partial<Pick<PolicySpec, 'levelNetworks' | 'levels'>>;
  /** Rows of one block through the network; `act` takes any number, `evaluate` and `backward` at most this. */
  readonly maxRows: number;
  /** Names the agent or policy in errors. */
  readonly where?: string;
}

/** A part of the parameters that an optimizer of its own trains: [offset, offset + count). */
export interface ParameterGroup {
  /** The level whose network it is, or "policy". */
  readonly name: string;
  readonly offset: number;
  readonly count: number;
}

/** Network and action distribution as one function of one parameter block.
 *  Letters: B rows, F observationSize, A actionSize, M maskSize, N noiseSize, L levelCount (1 unless the space is hierarchical),
 *  S stateSize (0 unless the network is recurrent: then every call that looks at observations takes the sequences that its rows are
 *  steps of, see `Sequences`, and throws NETWORK_SEQUENCES_INVALID without them).
 *  observation f32[B, F]; mask u8[B, M] (empty where M is 0); noise f32[B, N] of law `noiseKind`; actions f32[B, A]; logProbs,
 *  entropies f32[B, L], 0 where a level is inactive. Arrays may be longer.
 *  The hot calls allocate nothing after the first with the same arrays. */
export interface Policy {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind: 'normal' | 'uniform';
  readonly levelCount: number;
  readonly stateSize: number;
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  /** In order, without gaps. */
  readonly parameterGroups: readonly ParameterGroup[];

  /** For kernels that compute it among other things: its layers, where its outputs are the means of a diagonal Gaussian whose log σ f32[A]
   *  are the last of its parameters. */
  readonly gaussianLayers?: readonly ChainLayer[] | undefined;

  initialize(parameters: F32, random: RandomStream): void;
  /** Samples an action per row, for any B; `sequences` are of one step each. Throws POLICY_MASK_EMPTY, POLICY_BOUNDS_CROSSED. */
  act(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    noise: F32,
    actions: F32,
    logProbs: F32,
    B: number,
    sequences?: Sequences,
  ): void;
  /** Writes the most likely action of each row, level after level, for any B. Throws as `act`. */
  actMode(parameters: F32, observation: F32, mask: Uint8Array, actions: F32, B: number, sequences?: Sequences): void;
  /** Log-probability of given actions, and entropy, of B ≤ maxRows rows. Keeps what `backward` needs. */
  evaluate(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    logProbs: F32,
    entropies: F32,
    B: number,
    sequences?: Sequences,
  ): void;
  /** f32[B, S]: the state after each row of the last `evaluate` or `remember`, valid until the next call; null where S is 0. */
  readonly states: F32 | null;
  /** Carries the sequences of B ≤ maxRows rows on without deciding anything, where S is not 0. */
  remember(parameters: F32, observation: F32, B: number, sequences: Sequences): void;
  /** After `evaluate` of the same rows: adds the gradient of Σ_b,l dLogProbs[b,l]·logProb_b,l + dEntropies[b,l]·entropy_b,l over
   *  active levels to gradients f32[parameterCount]. What is given for inactive ones counts for nothing. */
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
