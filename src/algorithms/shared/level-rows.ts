import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { CreditChannel } from './credit.js';
import type { Objective, SampleBlock } from './sample-block.js';

/** The rows of a block as policies and critics of hierarchical actions have them, level by level and channel by channel; and the way
 *  to and from the one decision that an objective knows. Log-probabilities and entropies f32[rows, L], values f32[rows, C]. */
export class LevelRows {
  readonly logProbs: F32;
  readonly entropies: F32;
  /** The critic's, or zeros where there is none. */
  values: F32;
  readonly dLogProbs: F32;
  readonly dEntropies: F32;
  readonly dValues: F32;
  private readonly valueRows: F32;
  private readonly kernels: Kernels;
  private readonly levelCount: number;
  private readonly channels: readonly CreditChannel[];

  constructor(kernels: Kernels, levelCount: number, channels: readonly CreditChannel[], rows: number) {
    this.kernels = kernels;
    this.levelCount = levelCount;
    this.channels = channels;
    this.logProbs = kernels.f32(rows * levelCount);
    this.entropies = kernels.f32(rows * levelCount);
    this.dLogProbs = kernels.f32(rows * levelCount);
    this.dEntropies = kernels.f32(rows * levelCount);
    this.valueRows = kernels.f32(rows * channels.length);
    this.values = this.valueRows;
    this.dValues = kernels.f32(rows * channels.length);
  }

  /** Calls the objective for each channel with the sums over its active levels, and spreads the gradients over them again. */
  judge(batch: PolicyBatch, block: SampleBlock, objective: Objective): void {
    for (let c = 0; c < this.channels.length; c++) {
      block.channel = c;
      this.join(batch, block, c);
      objective(block);
      this.spread(batch, block, c);
    }
  }

  dispose(): void {
    for (const array of [this.logProbs, this.entropies, this.valueRows]) this.kernels.free(array);
    for (const array of [this.dLogProbs, this.dEntropies, this.dValues]) this.kernels.free(array);
  }

  private join(batch: PolicyBatch, block: SampleBlock, c: number): void {
    const { levelCount: L } = this;
    const { levels } = this.channels[c]!;
    const C = this.channels.length;
    for (let b = 0; b < block.rows; b++) {
      const n = block.samples[b]!;
      let logProb = 0;
      let behavior = 0;
      let entropy = 0;
      for (let j = 0; j < levels.length; j++) {
        const l = levels[j]!;
        if (batch.levelActive[n * L + l] === 0) continue;
        logProb += this.logProbs[b * L + l]!;
        behavior += batch.behaviorLogProbs[n * L + l]!;
        entropy += this.entropies[b * L + l]!;
      }
      block.logProbs[b] = logProb;
      block.behaviorLogProbs[b] = behavior;
      block.entropies[b] = entropy;
      block.values[b] = this.values[b * C + c]!;
    }
  }

  private spread(batch: PolicyBatch, block: SampleBlock, c: number): void {
    const { levelCount: L } = this;
    const { levels } = this.channels[c]!;
    const C = this.channels.length;
    for (let b = 0; b < block.rows; b++) {
      const n = block.samples[b]!;
      for (let j = 0; j < levels.length; j++) {
        const l = levels[j]!;
        const active = batch.levelActive[n * L + l] !== 0;
        this.dLogProbs[b * L + l] = active ? block.dLogProbs[b]! : 0;
        this.dEntropies[b * L + l] = active ? block.dEntropies[b]! : 0;
      }
      this.dValues[b * C + c] = block.dValues[b]!;
    }
  }
}
