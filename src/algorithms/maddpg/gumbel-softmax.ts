import { expF64, logF64 } from '../../base/math/index.js';

/** Half of the distance between two uniform numbers: added to them, none is 0. */
const HALF_STEP = 2 ** -25;

/** Choices that a gradient goes through: one per segment of the logits x, with u uniform on (0, 1) for each choice,
 *
 *    g_c = −log(−log u_c),   y_c = exp((x_c + g_c)/τ) / Σ_d exp((x_d + g_d)/τ),   d over the segment's legal choices
 *
 *  The action is y itself, or with `hard` 1 at the greatest y and 0 elsewhere, which is c with probability exp(x_c)/Σ_d exp(x_d); the
 *  gradient is that of y either way (straight-through). An illegal choice is exactly 0 and has gradient 0.
 *  Source: Jang, Gu & Poole 2017, eq. 1 to 2 and section 2.2; Maddison, Mnih & Teh 2017. Letters: O choices of all segments, B rows. */
export class GumbelSoftmax {
  private readonly counts: readonly number[];
  private readonly size: number;
  private readonly temperature: number;
  private readonly hard: boolean;
  /** [maxRows, O]: y of the rows sampled last. */
  private readonly shares: Float64Array;

  constructor(
    counts: readonly number[],
    settings: { readonly temperature: number; readonly hard: boolean; readonly maxRows: number },
  ) {
    this.counts = counts;
    this.size = counts.reduce((sum, count) => sum + count, 0);
    this.temperature = settings.temperature;
    this.hard = settings.hard;
    this.shares = new Float64Array(settings.maxRows * this.size);
  }

  /** logits, uniforms, actions f32[B, O]; mask u8[B, O], empty where all is legal. Keeps what `backward` needs. */
  sample(logits: Float32Array, mask: Uint8Array, uniforms: Float32Array, actions: Float32Array, B: number): void {
    const { shares, temperature, counts } = this;
    const isLegal = (k: number): boolean => mask.length === 0 || mask[k] !== 0;
    for (let b = 0, at = 0; b < B; b++) {
      for (const count of counts) {
        const end = at + count;
        let greatest = -1;
        for (let k = at; k < end; k++) {
          shares[k] = (logits[k]! - logF64(-logF64(uniforms[k]! + HALF_STEP))) / temperature;
          if (isLegal(k) && (greatest < 0 || shares[k]! > shares[greatest]!)) greatest = k;
        }
        const most = shares[greatest]!;
        let sum = 0;
        for (let k = at; k < end; k++) {
          shares[k] = isLegal(k) ? expF64(shares[k]! - most) : 0;
          sum += shares[k]!;
        }
        for (let k = at; k < end; k++) {
          shares[k] = shares[k]! / sum;
          actions[k] = this.hard ? (k === greatest ? 1 : 0) : shares[k]!;
        }
        at = end;
      }
    }
  }

  /** After `sample` of the same rows: writes dLogits f32[B, O] of Σ dActions·action:  ∂/∂x_c = y_c (dActions_c − Σ_d y_d dActions_d)/τ. */
  backward(dActions: Float32Array, dLogits: Float32Array, B: number): void {
    const { shares, temperature, counts } = this;
    for (let b = 0, at = 0; b < B; b++) {
      for (const count of counts) {
        const end = at + count;
        let mean = 0;
        for (let k = at; k < end; k++) mean += shares[k]! * dActions[k]!;
        for (let k = at; k < end; k++) dLogits[k] = (shares[k]! * (dActions[k]! - mean)) / temperature;
        at = end;
      }
    }
  }
}
