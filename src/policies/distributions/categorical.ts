import {
  type ChoiceRows,
  createPlainKernels,
  type F32,
  type I32,
  type Kernels,
  RowMemory,
} from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';
import { Choices } from './choices.js';
import { MaskMemory } from './mask-memory.js';

/** Independent choices, one per segment of the logits x: p_c = exp(x_c) / Σ_d exp(x_d), d over the segment's legal choices.
 *  outputs f32[B, Σ counts], actions f32[B, segments] (the index as a float), mask u8[B, Σ counts] where masked.
 *  An illegal choice has probability exactly 0 (log −∞), is never sampled, and its logit has gradient 0.
 *  In the kernels' canonical float32. Arrays are of `kernels`; any arrays do without. Throws POLICY_MASK_EMPTY. */
export function createCategorical(
  counts: readonly number[],
  masked: boolean,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  return new Categorical(counts, masked, kernels);
}

class Categorical extends Choices implements ActionDistribution {
  readonly freeParameterCount = 0;
  private readonly kernels: Kernels;
  private readonly segments: readonly ChoiceRows[];
  /** Logits with −∞ where illegal. */
  private readonly legalLogits: RowMemory;
  private readonly masks: MaskMemory;
  private kernelCounts: I32 | null = null;

  constructor(counts: readonly number[], masked: boolean, kernels: Kernels) {
    super(counts, masked, 1);
    this.kernels = kernels;
    this.legalLogits = new RowMemory(kernels);
    this.masks = new MaskMemory(kernels);
    let first = 0;
    this.segments = counts.map((count, decision) => {
      const rows = { first, count, rowLength: this.outputSize, decision, decisions: counts.length };
      first += count;
      return rows;
    });
  }

  initialize(): void {}

  sample(outputs: F32, _free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const logits = this.legal(outputs, mask, B);
    for (const rows of this.segments) this.kernels.categoricalSample(logits, noise, actions, logProbs, B, rows);
  }

  logProb(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const logits = this.legal(outputs, mask, B);
    for (const rows of this.segments) this.kernels.categoricalEvaluate(logits, actions, logProbs, null, B, rows);
  }

  entropy(outputs: F32, _free: F32, mask: Uint8Array, entropies: F32, B: number): void {
    const logits = this.legal(outputs, mask, B);
    for (const rows of this.segments) this.kernels.categoricalEvaluate(logits, null, null, entropies, B, rows);
  }

  evaluate(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, logProbs: F32, entropies: F32, B: number): void {
    const logits = this.legal(outputs, mask, B);
    for (const rows of this.segments) this.kernels.categoricalEvaluate(logits, actions, logProbs, entropies, B, rows);
  }

  /** ∂log p_a/∂x_c = 1{c = a} − p_c,  ∂H/∂x_c = −p_c (log p_c + H). */
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
    const logits = this.legal(outputs, mask, B);
    for (const rows of this.segments) {
      this.kernels.categoricalBackward(logits, actions, dLogProbs, dEntropies, dOutputs, B, rows);
    }
  }

  project(): void {}

  dispose(): void {
    this.legalLogits.dispose();
    this.masks.dispose();
    if (this.kernelCounts !== null) this.kernels.free(this.kernelCounts);
    this.kernelCounts = null;
  }

  private legal(outputs: F32, mask: Uint8Array, B: number): F32 {
    if (!this.masked) return outputs;
    const { counts, kernels } = this;
    if (this.kernelCounts === null) {
      this.kernelCounts = kernels.i32(counts.length);
      this.kernelCounts.set(counts);
    }
    const logits = this.legalLogits.take(B * this.outputSize);
    const legal = this.masks.take(mask, B * this.maskSize);
    const empty = kernels.maskChoices(outputs, legal, this.kernelCounts, logits, B, counts.length);
    if (empty >= 0) throw emptyMask(Math.floor(empty / counts.length), empty % counts.length);
    return logits;
  }
}
