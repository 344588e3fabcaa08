import { logF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { Choices } from './choices.js';

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

class EpsilonGreedy extends Choices implements ActionDistribution {
  readonly freeParameterCount = 1;
  // Of the segment loaded last: its greedy choice, and how many choices are legal.
  private greedy = 0;
  private legal = 0;

  constructor(counts: readonly number[], masked: boolean) {
    super(counts, masked, 2);
  }

  initialize(free: F32): void {
    free[0] = 1;
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      let logProb = 0;
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        const choice = this.draw(free, mask, noise, k, at);
        actions[k] = choice;
        logProb += this.logProbOf(free, mask, at, count, choice);
        at += count;
      }
      logProbs[b] = logProb;
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
        logProb += this.logProbOf(free, mask, at, count, actions[k]!);
        at += count;
      }
      logProbs[b] = logProb;
    }
  }

  entropy(outputs: F32, free: F32, mask: Uint8Array, entropies: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    for (let b = 0, at = 0; b < B; b++) {
      let entropy = 0;
      for (let s = 0; s < segments; s++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        entropy += this.segmentEntropy(free);
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

  /** Takes in the segment that the following calls are about. Throws POLICY_MASK_EMPTY. */
  private load(outputs: F32, mask: Uint8Array, at: number, count: number, row: number, segment: number): void {
    this.greedy = this.greatest(outputs, mask, at, count, row, segment);
    this.legal = 0;
    for (let c = 0; c < count; c++) if (this.isLegal(mask, at + c)) this.legal++;
  }

  /** Draws by the noise of choice k of the rows, which is below 1, so the pick is at most legal − 1. */
  private draw(free: F32, mask: Uint8Array, noise: F32, k: number, at: number): number {
    const explores = noise[2 * k]! < free[0]!;
    return explores ? this.nthLegal(mask, at, Math.floor(noise[2 * k + 1]! * this.legal)) : this.greedy;
  }

  /** The n-th legal choice of the segment, from 0. */
  private nthLegal(mask: Uint8Array, at: number, n: number): number {
    if (!this.masked) return n;
    let choice = 0;
    for (let left = n; ; choice++) {
      if (mask[at + choice] !== 0 && left-- === 0) return choice;
    }
  }

  /** −∞ where the choice is illegal, or none. */
  private logProbOf(free: F32, mask: Uint8Array, at: number, count: number, choice: number): number {
    if (!(choice >= 0 && choice < count && this.isLegal(mask, at + choice))) return -Infinity;
    const other = free[0]! / this.legal;
    return logF64(choice === this.greedy ? 1 - free[0]! + other : other);
  }

  /** H = −P log P − (n − 1) (ε/n) log(ε/n), P of the greedy choice, with 0·log 0 = 0. */
  private segmentEntropy(free: F32): number {
    const other = free[0]! / this.legal;
    return -(logWeighted(1 - free[0]! + other) + (this.legal - 1) * logWeighted(other));
  }
}

/** p log p */
const logWeighted = (p: number): number => (p === 0 ? 0 : p * logF64(p));
