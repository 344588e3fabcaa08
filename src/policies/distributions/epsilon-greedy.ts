import { logF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';

/** Independent choices, one per segment of the values q = outputs: with probability ε = free[0] any of the n legal choices, each as
 *  likely; otherwise the greedy one, the legal choice of greatest value (of equal ones the first).
 *
 *    P(c) = ε/n, and 1 − ε more for the greedy choice
 *
 *  outputs f32[B, Σ counts], actions f32[B, segments] (the index as a float), mask u8[B, Σ counts] where masked. An illegal choice has
 *  probability exactly 0. Values have no gradient: whoever learns them does so by their own loss, and ε follows a schedule.
 *  Noise: two uniforms per segment; the first, where below ε, explores; the second picks. Throws POLICY_MASK_EMPTY. */
export function createEpsilonGreedy(counts: readonly number[], masked: boolean): ActionDistribution {
  return new EpsilonGreedy(counts, masked);
}

class EpsilonGreedy implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount = 1;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind = 'uniform';
  private readonly counts: Int32Array;
  private readonly masked: boolean;
  // Of the segment loaded last: its greedy choice, and how many choices are legal.
  private greedy = 0;
  private legal = 0;

  constructor(counts: readonly number[], masked: boolean) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    this.counts = Int32Array.from(counts);
    this.masked = masked;
    this.actionSize = counts.length;
    this.outputSize = total;
    this.maskSize = masked ? total : 0;
    this.noiseSize = 2 * counts.length;
  }

  initialize(free: F32): void {
    free[0] = 1;
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    const epsilon = free[0]!;
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      let logProb = 0;
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        // Noise is below 1, so the pick is at most legal − 1.
        const explores = noise[2 * k]! < epsilon;
        const choice = explores ? this.nthLegal(mask, at, Math.floor(noise[2 * k + 1]! * this.legal)) : this.greedy;
        actions[k] = choice;
        logProb += this.logProbOf(mask, at, count, choice, epsilon);
        at += count;
      }
      logProbs[b] = logProb;
    }
  }

  mode(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        actions[k] = this.greedy;
        at += count;
      }
    }
  }

  logProb(outputs: F32, free: F32, mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      let logProb = 0;
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        logProb += this.logProbOf(mask, at, count, actions[k]!, free[0]!);
        at += count;
      }
      logProbs[b] = logProb;
    }
  }

  /** H = Σ over segments of −P log P − (n − 1) (ε/n) log(ε/n), P of the greedy choice, with 0·log 0 = 0. */
  entropy(outputs: F32, free: F32, mask: Uint8Array, entropies: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    const epsilon = free[0]!;
    for (let b = 0, at = 0; b < B; b++) {
      let entropy = 0;
      for (let s = 0; s < segments; s++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        const other = epsilon / this.legal;
        entropy -= logWeighted(1 - epsilon + other) + (this.legal - 1) * logWeighted(other);
        at += count;
      }
      entropies[b] = entropy;
    }
  }

  /** By the values 0; by ε:  ∂log P(c)/∂ε = (1/n − 1{c greedy})/P(c),  ∂H/∂ε = (1 − 1/n) (log P(greedy) − log ε/n). */
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
  ): void {
    const { counts } = this;
    const segments = counts.length;
    const epsilon = free[0]!;
    dOutputs.fill(0, 0, B * this.outputSize);
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      let dEpsilon = 0;
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        const { legal } = this;
        const other = epsilon / legal;
        const best = 1 - epsilon + other;
        if (legal > 1) {
          const greedy = actions[k] === this.greedy;
          dEpsilon += dLogProbs[b]! * ((1 / legal - (greedy ? 1 : 0)) / (greedy ? best : other));
          if (dEntropies[b] !== 0) dEpsilon += dEntropies[b]! * ((1 - 1 / legal) * (logF64(best) - logF64(other)));
        }
        at += count;
      }
      dFree[0] = dFree[0]! + dEpsilon;
    }
  }

  /** NaN stays NaN, so that a diverged update is found. */
  project(free: F32): void {
    if (free[0]! < 0) free[0] = 0;
    else if (free[0]! > 1) free[0] = 1;
  }

  private load(outputs: F32, mask: Uint8Array, at: number, count: number, row: number, segment: number): void {
    let greedy = -1;
    let legal = 0;
    for (let c = 0; c < count; c++) {
      if (!this.isLegal(mask, at + c)) continue;
      legal++;
      if (greedy < 0 || outputs[at + c]! > outputs[at + greedy]!) greedy = c;
    }
    if (greedy < 0) throw emptyMask(row, segment);
    this.greedy = greedy;
    this.legal = legal;
  }

  /** The n-th legal choice of the segment, from 0. */
  private nthLegal(mask: Uint8Array, at: number, n: number): number {
    if (!this.masked) return n;
    let choice = 0;
    for (let left = n; ; choice++) {
      if (mask[at + choice] !== 0 && left-- === 0) return choice;
    }
  }

  private isLegal(mask: Uint8Array, index: number): boolean {
    return !this.masked || mask[index] !== 0;
  }

  private logProbOf(mask: Uint8Array, at: number, count: number, choice: number, epsilon: number): number {
    if (!(choice >= 0 && choice < count) || !this.isLegal(mask, at + choice)) return -Infinity;
    const other = epsilon / this.legal;
    return logF64(choice === this.greedy ? 1 - epsilon + other : other);
  }
}

/** p log p */
const logWeighted = (p: number): number => (p === 0 ? 0 : p * logF64(p));
