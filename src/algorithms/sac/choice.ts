import { expF64, logF64 } from '../../base/math/index.js';

/** The probabilities of choices given their logits, p_c = exp(x_c) / Σ_d exp(x_d), d over the legal choices; those of an illegal one are
 *  0 and −∞. */
export class Choice {
  readonly p: Float64Array;
  readonly logP: Float64Array;
  /** Legal choices of the row loaded last. */
  legal = 0;

  constructor(count: number) {
    this.p = new Float64Array(count);
    this.logP = new Float64Array(count);
  }

  /** Row b of logits f32[B, count] and mask u8[B, count], which is empty where all is legal. */
  load(logits: Float32Array, mask: Uint8Array, b: number): void {
    const { p, logP } = this;
    const count = p.length;
    const at = b * count;
    const isLegal = (c: number): boolean => mask.length === 0 || mask[at + c] !== 0;
    let maximum = -Infinity;
    this.legal = 0;
    for (let c = 0; c < count; c++) {
      if (!isLegal(c)) continue;
      this.legal++;
      maximum = Math.max(maximum, logits[at + c]!);
    }
    let sum = 0;
    for (let c = 0; c < count; c++) {
      p[c] = isLegal(c) ? expF64(logits[at + c]! - maximum) : 0;
      sum += p[c]!;
    }
    const logSum = logF64(sum);
    for (let c = 0; c < count; c++) {
      logP[c] = isLegal(c) ? logits[at + c]! - maximum - logSum : -Infinity;
      p[c] = p[c]! / sum;
    }
  }
}
