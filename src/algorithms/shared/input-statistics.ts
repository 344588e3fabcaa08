import type { F32, Kernels } from '../../kernels/index.js';
import { NORMALIZATION, type ParameterPart } from '../../networks/index.js';
import type { StateTensor } from '../port.js';

/** Under this standard deviation an input counts as constant, and is not blown up. */
const LEAST_DEVIATION = 1e-4;

/** What a network's inputs have been so far, over all updates: their number, means and variances, which the network is told of.
 *  Source: Chan, Golub & LeVeque 1979 (merging moments). */
export class InputStatistics {
  /** f32[2, I]: means, then variances. */
  readonly tensor: StateTensor;
  private readonly kernels: Kernels;
  private readonly size: number;
  private readonly moments: F32;
  private readonly at: number;
  private readonly sums: Float64Array;

  /** `offset`: where the network's parameters begin in the block that `tell` writes to. */
  constructor(kernels: Kernels, name: string, layout: readonly ParameterPart[], offset: number) {
    const mean = layout.find((part) => part.name === NORMALIZATION.mean)!;
    this.kernels = kernels;
    this.size = mean.shape[0]!;
    this.at = offset + mean.offset;
    this.moments = kernels.f32(2 * this.size);
    this.sums = new Float64Array(2 * this.size);
    this.tensor = { name, shape: [2, this.size], data: this.moments };
  }

  initialize(): void {
    this.moments.fill(0, 0, this.size);
    this.moments.fill(1, this.size);
  }

  /** Takes over what the network reads, where its weights are of an earlier job and bring statistics along. */
  adopt(parameters: F32): void {
    const { size: I, moments, at } = this;
    for (let i = 0; i < I; i++) {
      const scale = parameters[at + I + i]!;
      moments[i] = parameters[at + i]!;
      moments[I + i] = 1 / (scale * scale);
    }
  }

  /** Takes `rows` inputs f32[rows, I] after `count` earlier ones. Adopted statistics, of which nobody knows the number, count as one
   *  batch. */
  observe(inputs: F32, rows: number, count: number): void {
    const { size: I, moments, sums } = this;
    const earlier = count === 0 && this.isAdopted() ? rows : count;
    sums.fill(0);
    for (let n = 0; n < rows; n++) for (let i = 0; i < I; i++) sums[i]! += inputs[n * I + i]!;
    for (let i = 0; i < I; i++) sums[i]! /= rows;
    for (let n = 0; n < rows; n++) {
      for (let i = 0; i < I; i++) {
        const off = inputs[n * I + i]! - sums[i]!;
        sums[I + i]! += off * off;
      }
    }
    const share = rows / (earlier + rows);
    for (let i = 0; i < I; i++) {
      const shift = sums[i]! - moments[i]!;
      const before = earlier === 0 ? 0 : moments[I + i]!;
      moments[I + i] = (1 - share) * before + (share * sums[I + i]!) / rows + (1 - share) * share * shift * shift;
      moments[i] = moments[i]! + share * shift;
    }
  }

  /** Writes mean and scale to where the network reads them. */
  tell(parameters: F32): void {
    const { size: I, moments, at } = this;
    for (let i = 0; i < I; i++) {
      const deviation = Math.sqrt(moments[I + i]!);
      parameters[at + i] = moments[i]!;
      parameters[at + I + i] = deviation < LEAST_DEVIATION ? 1 : 1 / deviation;
    }
  }

  dispose(): void {
    this.kernels.free(this.moments);
  }

  /** Whether the moments are others than those that every network begins with. */
  private isAdopted(): boolean {
    const { size: I, moments } = this;
    for (let i = 0; i < I; i++) if (moments[i] !== 0 || moments[I + i] !== 1) return true;
    return false;
  }
}

/** Whether a network normalizes its inputs. */
export const normalizesInput = (layout: readonly ParameterPart[]): boolean =>
  layout.some((part) => part.name === NORMALIZATION.mean);
