import type { F32 } from '../kernels/index.js';

/** The law of an action given a network's outputs. Rows are independent.
 *  Letters: B rows, O = outputSize, A = actionSize, P = freeParameterCount, M = maskSize.
 *  outputs f32[B, O]; free f32[P] (parameters beside the network, such as a log standard deviation); mask u8[B, M]
 *  (1 = legal; empty when M is 0 or the agent is not masked); actions f32[B, A]; logProbs, entropies f32[B]. */
export interface ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize: number;
  /** Random numbers per row that `sample` uses, and their law. */
  readonly noiseSize: number;
  readonly noiseKind: 'normal' | 'uniform';
  /** Whether it is that of `Kernels.gaussianSample` on the outputs, log σ being the free parameters. */
  readonly isDiagonalGaussian?: true;

  /** The rows' observations f32[B, F], for a law that reads bounds off them: called before any other call on the same rows. Only
   *  laws that need it have it. The bounds are copied: the array may change afterwards. Throws POLICY_BOUNDS_CROSSED. */
  observe?(observation: F32, B: number): void;
  /** Writes the first values of the free parameters. */
  initialize(free: F32): void;
  /** Draws actions and writes their log-probabilities. noise f32[B, noiseSize] of law `noiseKind`. */
  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void;
  /** The most likely action (for a squashed Gaussian: the squashed mean; for a composite action: that of the likelier decision and of
   *  the mean quantity). */
  mode(outputs: F32, free: F32, mask: Uint8Array, actions: F32, B: number): void;
  logProb(outputs: F32, free: F32, mask: Uint8Array, actions: F32, logProbs: F32, B: number): void;
  /** Entropy of each row's law; where it has no closed form (squashed Gaussian), that of the law before squashing. */
  entropy(outputs: F32, free: F32, mask: Uint8Array, entropies: F32, B: number): void;
  /** `logProb` and `entropy` at once, with the bits of both: laws have it that compute much for either. */
  evaluate?(outputs: F32, free: F32, mask: Uint8Array, actions: F32, logProbs: F32, entropies: F32, B: number): void;
  /** Gradient of Σ_b dLogProbs[b]·logProb(actions[b]) + dEntropies[b]·entropy[b]: writes dOutputs f32[B, O], adds to dFree f32[P].
   *  The rows of a minibatch may come in several calls; a law may sum its free parameters' gradients in stripes that begin with each. */
  backward(
    outputs: F32,
    free: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dFree: F32,
    B: number,
  ): void;
  /** Gradient through an action that was drawn with this noise: writes dOutputs f32[B, O] of Σ_b Σ_j dActions[b,j]·a_b,j +
   *  dLogProbs[b]·log p(a_b), a_b and its log-probability being functions of the outputs (the reparameterization). Only laws that an
   *  algorithm may differentiate so have it; they have no free parameters. */
  sampleBackward?(outputs: F32, noise: F32, dActions: F32, dLogProbs: F32, dOutputs: F32, B: number): void;
  /** Gradient through the mode: writes dOutputs f32[B, O] of Σ_b Σ_j dActions[b,j]·mode_b,j. Only deterministic laws have it. */
  modeBackward?(outputs: F32, dActions: F32, dOutputs: F32, B: number): void;
  /** After an optimizer step: puts free parameters back into their bounds. */
  project(free: F32): void;
  /** Gives back what it took of its kernels, where it took anything. */
  dispose?(): void;
}

/** Log-probabilities and entropies f32[B] of given actions, by one call where the law has it. */
export function evaluateLaw(
  law: ActionDistribution,
  outputs: F32,
  free: F32,
  mask: Uint8Array,
  actions: F32,
  logProbs: F32,
  entropies: F32,
  B: number,
): void {
  if (law.evaluate !== undefined) {
    law.evaluate(outputs, free, mask, actions, logProbs, entropies, B);
    return;
  }
  law.logProb(outputs, free, mask, actions, logProbs, B);
  law.entropy(outputs, free, mask, entropies, B);
}
