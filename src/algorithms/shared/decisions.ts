import type { PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels } from '../../kernels/index.js';
import { type PlacedLevel, placeLevels, type Space } from '../../spaces/index.js';
import type { CreditChannel } from './credit.js';
import { moments } from './moments.js';

/** Added to the standard deviation that advantages are divided by. */
const ADVANTAGE_EPSILON = 1e-8;

/** In which samples of a batch a channel decides anything. The others have no part in its loss, nor in what advantages are scaled by. */
export class ChannelDecisions {
  /** f32[samples]: 1 where it decides in the batch loaded last, 0 elsewhere; null where it has a level that is always active. */
  readonly weights: F32 | null;
  private readonly kernels: Kernels;
  private readonly levels: readonly number[];
  private readonly levelCount: number;
  /** i32[samples]: room for those in which it decides; null with the weights. */
  private readonly decided: I32 | null;

  constructor(kernels: Kernels, space: Space, { levels }: CreditChannel, samples: number) {
    const placed: readonly PlacedLevel[] = space.kind === 'hierarchical' ? placeLevels(space) : [];
    const always = placed.length === 0 || levels.some((l) => placed[l]!.condition === null);
    this.kernels = kernels;
    this.levels = levels;
    this.levelCount = placed.length;
    this.weights = always ? null : kernels.f32(samples);
    this.decided = always ? null : kernels.i32(samples);
  }

  load(batch: PolicyBatch): void {
    const { weights, levels, levelCount: L } = this;
    if (weights === null) return;
    for (let n = 0; n < batch.samples; n++) {
      let any = 0;
      for (let j = 0; j < levels.length; j++) any |= batch.levelActive[n * L + levels[j]!]!;
      weights[n] = any;
    }
  }

  /** In how many of samples[0 … rows − 1] it decides. */
  count(samples: I32, rows: number): number {
    const { weights } = this;
    if (weights === null) return rows;
    let count = 0;
    for (let b = 0; b < rows; b++) count += weights[samples[b]!]!;
    return count;
  }

  /** Writes what brings the advantages f32[samples] of its decisions among rows[0 … count − 1] (null: among the first `count` samples)
   *  to mean 0 and standard deviation 1; of fewer than two nothing is known, and they stay as they are. */
  normalize(
    terms: { advantageMean: number; advantageScale: number },
    advantages: F32,
    rows: I32 | null,
    count: number,
  ): void {
    const { kernels, decided } = this;
    terms.advantageMean = 0;
    terms.advantageScale = 1;
    const chosen = decided === null ? rows : decided;
    const among = decided === null ? count : this.choose(decided, rows, count);
    if (among < 2) return;
    const { mean, deviation } = moments(kernels, advantages, chosen, among);
    terms.advantageMean = mean;
    terms.advantageScale = 1 / (deviation + ADVANTAGE_EPSILON);
  }

  dispose(): void {
    if (this.weights !== null) this.kernels.free(this.weights);
    if (this.decided !== null) this.kernels.free(this.decided);
  }

  private choose(decided: I32, rows: I32 | null, count: number): number {
    const { weights } = this;
    let among = 0;
    for (let j = 0; j < count; j++) {
      const n = rows === null ? j : rows[j]!;
      if (weights![n] !== 0) decided[among++] = n;
    }
    return among;
  }
}
