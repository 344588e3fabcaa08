import { type ChoiceRows, createPlainKernels, type F32, type Kernels, RowMemory } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';
import { Choices } from './choices.js';

/** A legal logit is never −∞, which is what illegal ones become. */
const LEAST_LOGIT = -3.4028234663852886e38;

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

  constructor(counts: readonly number[], masked: boolean, kernels: Kernels) {
    super(counts, masked, 1);
    this.kernels = kernels;
    this.legalLogits = new RowMemory(kernels);
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
  }

  private legal(outputs: F32, mask: Uint8Array, B: number): F32 {
    if (!this.masked) return outputs;
    const { counts } = this;
    const logits = this.legalLogits.take(B * this.outputSize);
    for (let b = 0, at = 0; b < B; b++) {
      for (let s = 0; s < counts.length; s++) {
        let any = 0;
        for (const end = at + counts[s]!; at < end; at++) {
          const legal = mask[at]!;
          any |= legal;
          logits[at] = legal === 0 ? -Infinity : Math.max(outputs[at]!, LEAST_LOGIT);
        }
        if (any === 0) throw emptyMask(b, s);
      }
    }
    return logits;
  }
}
