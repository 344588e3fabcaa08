import type { F32, I32, Kernels } from '../../kernels/index.js';

/** A block of samples between the forward and the backward pass. An objective reads the first group of arrays and writes the
 *  second: the gradient of its loss with respect to each sample's log-probability, entropy and value. All f32[rows]. */
export interface SampleBlock {
  rows: number;
  /** Which reward channel: its decisions are judged together. */
  channel: number;
  /** Which samples of the batch: i32[rows], or longer. */
  samples: I32;
  /** Of the channel's decisions together; 0, as the entropies, where none was made. */
  readonly logProbs: F32;
  readonly behaviorLogProbs: F32;
  readonly entropies: F32;
  /** Zeros where there is no critic. */
  values: F32;

  readonly dLogProbs: F32;
  readonly dEntropies: F32;
  readonly dValues: F32;
}

/** Called for every channel of every block. */
export type Objective = (block: SampleBlock) => void;

/** A block of up to so many rows, with nothing in it yet. */
export function createSampleBlock(kernels: Kernels, samples: I32, rows: number): SampleBlock {
  return {
    rows: 0,
    channel: 0,
    samples,
    logProbs: kernels.f32(rows),
    behaviorLogProbs: kernels.f32(rows),
    entropies: kernels.f32(rows),
    values: kernels.f32(rows),
    dLogProbs: kernels.f32(rows),
    dEntropies: kernels.f32(rows),
    dValues: kernels.f32(rows),
  };
}
