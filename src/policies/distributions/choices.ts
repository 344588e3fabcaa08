import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';

/** Independent choices, one per segment of the outputs: what laws of them share. A law says how one segment is read, drawn from and
 *  judged. Letters: `at` is where the segment begins in outputs and mask, `count` how many choices it has. */
export abstract class Choices implements ActionDistribution {
  abstract readonly freeParameterCount: number;
  readonly actionSize: number;
  readonly outputSize: number;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind = 'uniform';
  protected readonly counts: Int32Array;
  protected readonly masked: boolean;

  /** `noisePerChoice`: uniform numbers that drawing from a segment takes. */
  constructor(counts: readonly number[], masked: boolean, noisePerChoice: number) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    this.counts = Int32Array.from(counts);
    this.masked = masked;
    this.actionSize = counts.length;
    this.outputSize = total;
    this.maskSize = masked ? total : 0;
    this.noiseSize = noisePerChoice * counts.length;
  }

  abstract initialize(free: F32): void;
  abstract project(free: F32): void;
  abstract backward(
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

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { counts } = this;
    const segments = counts.length;
    for (let b = 0, at = 0, k = 0; b < B; b++) {
      let logProb = 0;
      for (let s = 0; s < segments; s++, k++) {
        const count = counts[s]!;
        this.load(outputs, mask, at, count, b, s);
        const choice = this.draw(free, mask, noise, k, at, count);
        actions[k] = choice;
        logProb += this.logProbOf(outputs, free, mask, at, count, choice);
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
        actions[k] = this.greatest(outputs, mask, at, count, b, s);
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
        logProb += this.logProbOf(outputs, free, mask, at, count, actions[k]!);
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
        entropy += this.segmentEntropy(outputs, free, at, count);
        at += count;
      }
      entropies[b] = entropy;
    }
  }

  /** Takes in the segment that the following calls are about. Throws POLICY_MASK_EMPTY. */
  protected abstract load(
    outputs: F32,
    mask: Uint8Array,
    at: number,
    count: number,
    row: number,
    segment: number,
  ): void;
  /** Draws by the noise of choice k of the rows. */
  protected abstract draw(free: F32, mask: Uint8Array, noise: F32, k: number, at: number, count: number): number;
  /** −∞ where the choice is illegal, or none. */
  protected abstract logProbOf(
    outputs: F32,
    free: F32,
    mask: Uint8Array,
    at: number,
    count: number,
    choice: number,
  ): number;
  protected abstract segmentEntropy(outputs: F32, free: F32, at: number, count: number): number;

  protected isLegal(mask: Uint8Array, index: number): boolean {
    return !this.masked || mask[index] !== 0;
  }

  protected isLegalChoice(mask: Uint8Array, at: number, count: number, choice: number): boolean {
    return choice >= 0 && choice < count && this.isLegal(mask, at + choice);
  }

  /** The legal choice of greatest output, of equal ones the first. Throws POLICY_MASK_EMPTY. */
  protected greatest(outputs: F32, mask: Uint8Array, at: number, count: number, row: number, segment: number): number {
    let best = -1;
    for (let c = 0; c < count; c++) {
      if (this.isLegal(mask, at + c) && (best < 0 || outputs[at + c]! > outputs[at + best]!)) best = c;
    }
    if (best < 0) throw emptyMask(row, segment);
    return best;
  }
}
