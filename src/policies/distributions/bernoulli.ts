import { createPlainKernels, type F32, type Kernels, RowMemory } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';
import { MaskMemory } from './mask-memory.js';

/** Independent yes-or-no decisions: P(a_j = 1) = sigmoid(x_j), x = outputs f32[B, A], actions 0 or 1.
 *  Where masked, mask u8[B, 2·A]: for each element whether 0 is legal, then whether 1 is. An element with one legal value takes it
 *  with probability 1 and its output has gradient 0.
 *  In the kernels' canonical float32. Arrays are of `kernels`; any arrays do without. Throws POLICY_MASK_EMPTY. */
export function createBernoulli(
  size: number,
  masked: boolean,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  return new Bernoulli(size, masked, kernels);
}

class Bernoulli implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount = 0;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind = 'uniform';
  private readonly kernels: Kernels;
  private readonly masks: MaskMemory | null;
  /** Logits that are infinite where a mask leaves one value. */
  private readonly openLogits: RowMemory;

  constructor(size: number, masked: boolean, kernels: Kernels) {
    this.actionSize = size;
    this.outputSize = size;
    this.noiseSize = size;
    this.maskSize = masked ? 2 * size : 0;
    this.kernels = kernels;
    this.masks = masked ? new MaskMemory(kernels) : null;
    this.openLogits = new RowMemory(kernels);
  }

  initialize(): void {}

  sample(outputs: F32, _free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    this.kernels.binarySample(this.open(outputs, mask, B), noise, actions, logProbs, B, this.actionSize);
  }

  /** 1 where it is more likely than 0; 0 where both are equally likely. */
  mode(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, B: number): void {
    const logits = this.open(outputs, mask, B);
    for (let k = 0; k < B * this.actionSize; k++) actions[k] = logits[k]! > 0 ? 1 : 0;
  }

  logProb(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    this.kernels.binaryEvaluate(this.open(outputs, mask, B), actions, logProbs, null, B, this.actionSize);
  }

  /** H = softplus(x) − x·sigmoid(x), written for |x|: the law of 0 and 1 exchanged has the same entropy. */
  entropy(outputs: F32, _free: F32, mask: Uint8Array, entropies: F32, B: number): void {
    this.kernels.binaryEvaluate(this.open(outputs, mask, B), null, null, entropies, B, this.actionSize);
  }

  evaluate(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, logProbs: F32, entropies: F32, B: number): void {
    this.kernels.binaryEvaluate(this.open(outputs, mask, B), actions, logProbs, entropies, B, this.actionSize);
  }

  /** ∂log p(a)/∂x = a − p,  ∂H/∂x = −x p (1 − p). */
  backward(
    outputs: F32,
    _free: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    _dFree: F32,
    B: number,
  ): void {
    const logits = this.open(outputs, mask, B);
    this.kernels.binaryBackward(logits, actions, dLogProbs, dEntropies, dOutputs, B, this.actionSize);
  }

  project(): void {}

  dispose(): void {
    this.masks?.dispose();
    this.openLogits.dispose();
  }

  private open(outputs: F32, mask: Uint8Array, B: number): F32 {
    if (this.masks === null) return outputs;
    const { actionSize: A, kernels } = this;
    const logits = this.openLogits.take(B * A);
    const empty = kernels.maskBinary(outputs, this.masks.take(mask, B * this.maskSize), logits, B * A);
    if (empty >= 0) throw emptyMask(Math.floor(empty / A), empty % A);
    return logits;
  }
}
