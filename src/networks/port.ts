import type { RandomStream } from '../base/index.js';
import type { F32 } from '../kernels/index.js';

/** A function from observations to outputs with parameters in one contiguous float32 block that its owner allocates.
 *  Letters: B rows (1 … maxRows), I = inputSize, O = outputSize, P = parameterCount. */
export interface Network {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameterCount: number;
  /** Rows that one call may have; larger batches are walked in blocks of rows (same bits: gradients add up in row order). */
  readonly maxRows: number;
  /** Writes the seeded initialization into parameters: f32[P]. */
  initialize(parameters: F32, random: RandomStream): void;
  /** Outputs f32[B, O] in an array of the network's own, valid until its next forward. Keeps what backward needs. */
  forward(parameters: F32, input: F32, B: number): F32;
  /** Gradient of the last forward (same parameters, input and B): adds to gradients f32[P]; dOutput f32[B, O] is overwritten.
   *  Writes the gradient of the input to dInput f32[B, I] where it is given. */
  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput?: F32): void;
  /** The named parts of the parameter block, in order, for checkpoints and export. */
  readonly parameterLayout: readonly ParameterPart[];
  /** Gives the network's arrays back to the kernels. */
  dispose(): void;
}

export interface ParameterPart {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
}
