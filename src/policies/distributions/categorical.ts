import { expF64, logF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';
import { Choices } from './choices.js';

/** Independent choices, one per segment of the logits x: p_c = exp(x_c) / Σ_d exp(x_d), d over the segment's legal choices.
 *  outputs f32[B, Σ counts], actions f32[B, segments] (the index as a float), mask u8[B, Σ counts] where masked.
 *  An illegal choice has probability exactly 0 (log −∞), is never sampled, and its logit has gradient 0.
 *  Arithmetic in float64 on float32 arrays, rounded once on store. Throws POLICY_MASK_EMPTY. */
export function createCategorical(counts: readonly number[], masked: boolean): ActionDistribution {
  return new Categorical(counts, masked);
}

class Categorical extends Choices {
  readonly freeParameterCount = 0;
  /** Of the segment loaded last: exp(x_c − max) per choice (0 where illegal), their sum and its logarithm, max. */
  private readonly weights: Float64Array;
  private sum = 0;
  private logSum = 0;
  private maximum = 0;

  constructor(counts: readonly number[], masked: boolean) {
    super(counts, masked, 1);
    this.weights = new Float64Array(counts.reduce((most, count) => Math.max(most, count), 1));
  }

  initialize(): void {}

  /** ∂log p_a/∂x_c = 1{c = a} − p_c,  ∂H/∂x_c = −p_c (log p_c + H). */
  backward(
    outputs: F32,
    free: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    _dFree: F32,
    B: number,
  ): void {
    const { counts, weights } = this;
    const segments = counts.length;
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        const entropy = dEntropy === 0 ? 0 : this.segmentEntropy(outputs, free, at, count);
        const action = actions[k]!;
        for (let c = 0; c < count; c++) {
          const weight = weights[c]!;
          const p = weight / this.sum;
          let gradient = dLogProb * ((c === action && this.isLegal(mask, at + c) ? 1 : 0) - p);
          if (dEntropy !== 0 && weight !== 0) {
            gradient -= dEntropy * (p * (outputs[at + c]! - this.maximum - this.logSum + entropy));
          }
          dOutputs[at + c] = gradient;
        }
        at += count;
      }
    }
  }

  project(): void {}

  protected load(outputs: F32, mask: Uint8Array, at: number, count: number, row: number, segment: number): void {
    const { weights } = this;
    let maximum = -Infinity;
    let legal = 0;
    for (let c = 0; c < count; c++) {
      if (!this.isLegal(mask, at + c)) continue;
      legal++;
      if (outputs[at + c]! > maximum) maximum = outputs[at + c]!;
    }
    if (legal === 0) throw emptyMask(row, segment);
    let sum = 0;
    for (let c = 0; c < count; c++) {
      const logit = outputs[at + c]!;
      // exp(0) is 1: of two choices only one is computed.
      const weight = !this.isLegal(mask, at + c) ? 0 : logit === maximum ? 1 : expF64(logit - maximum);
      weights[c] = weight;
      sum += weight;
    }
    this.maximum = maximum;
    this.sum = sum;
    this.logSum = logF64(sum);
  }

  /** The running sum adds as `sum` did, and noise is below 1, so it passes the threshold at last; and it passes only where a positive
   *  weight is added, so an illegal choice is out of reach. NaN logits pass nowhere: the last legal choice. */
  protected draw(_free: F32, mask: Uint8Array, noise: F32, k: number, at: number, count: number): number {
    const { weights } = this;
    const threshold = noise[k]! * this.sum;
    let running = 0;
    for (let c = 0; c < count; c++) {
      running += weights[c]!;
      if (running > threshold) return c;
    }
    return this.lastLegal(mask, at, count);
  }

  protected logProbOf(outputs: F32, _free: F32, mask: Uint8Array, at: number, count: number, choice: number): number {
    if (!this.isLegalChoice(mask, at, count, choice)) return -Infinity;
    return outputs[at + choice]! - this.maximum - this.logSum;
  }

  /** H = log Σ_c w_c − Σ_c p_c (x_c − max), with 0·log 0 = 0. */
  protected segmentEntropy(outputs: F32, _free: F32, at: number, count: number): number {
    let mean = 0;
    for (let c = 0; c < count; c++) {
      const weight = this.weights[c]!;
      if (weight !== 0) mean += weight * (outputs[at + c]! - this.maximum);
    }
    return this.logSum - mean / this.sum;
  }

  private lastLegal(mask: Uint8Array, at: number, count: number): number {
    let c = count - 1;
    while (c > 0 && !this.isLegal(mask, at + c)) c--;
    return c;
  }
}
