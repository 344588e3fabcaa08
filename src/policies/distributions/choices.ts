import type { F32 } from '../../kernels/index.js';
import { emptyMask } from '../empty-mask.js';

/** Independent choices, one per segment of the outputs: what laws of them share, their shape and their most likely action. Letters: `at` is
 *  where a segment begins in outputs and mask, `count` how many choices it has. */
export class Choices {
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

  protected isLegal(mask: Uint8Array, index: number): boolean {
    return !this.masked || mask[index] !== 0;
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
