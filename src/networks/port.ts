import type { RandomStream } from '../base/index.js';
import type { ChainLayer, F32 } from '../kernels/index.js';

/** How the rows of a recurrent network hang together: they are steps of sequences, time-major. Row t·N + n is step t of sequence n;
 *  there are T·N rows. */
export interface Sequences {
  /** T; 1 where one acts. */
  readonly steps: number;
  /** f32[N, S], or longer: the state before the first step, which forward overwrites with the state after the last. */
  readonly state: F32;
  /** u8[T, N]: 1 where an episode begins with the step: the state before it counts as zeros. Null: nowhere. */
  readonly starts: Uint8Array | null;
}

/** A function from observations to outputs with parameters in one contiguous float32 block that its owner allocates.
 *  Letters: B rows (1 … maxRows), I = inputSize, O = outputSize, P = parameterCount, S = stateSize.
 *  Where S is 0, rows are independent and `sequences` is not looked at. Else the outputs of a row depend on the rows before it in its
 *  sequence: T calls of one step each have the bits of one call of T steps. */
export interface Network {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameterCount: number;
  /** Numbers that a sequence carries from one step to the next; 0 where the network has no memory. */
  readonly stateSize: number;
  /** Rows that one call may have; larger batches are walked in blocks of rows (same bits without memory: gradients add up in row
   *  order). */
  readonly maxRows: number;
  /** Writes the seeded initialization into parameters: f32[P]. */
  initialize(parameters: F32, random: RandomStream): void;
  /** Outputs f32[B, O] in an array of the network's own, valid until its next forward. Keeps what backward needs.
   *  Throws NETWORK_ROWS_INVALID, NETWORK_SEQUENCES_INVALID. */
  forward(parameters: F32, input: F32, B: number, sequences?: Sequences): F32;
  /** f32[B, S]: the state after each row of the last forward, valid until the next; null where S is 0. */
  readonly states: F32 | null;
  /** Gradient of the last forward (same parameters, input and B): adds to gradients f32[P]; dOutput f32[B, O] is overwritten.
   *  Writes the gradient of the input to dInput f32[B, I] where it is given. It flows through all steps of the sequences, but neither
   *  into their first state nor across the start of an episode. */
  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput?: F32): void;
  /** The layers where it is a chain of dense ones and nothing else, for kernels that compute it among other things. */
  readonly denseLayers?: readonly ChainLayer[];
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
