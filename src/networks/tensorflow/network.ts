import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { networkError } from '../errors.js';
import type { Network, ParameterPart, Sequences } from '../port.js';
import type { Tensor, Tensor2D, TensorflowEngine, Tf } from './port.js';
import type { Memory } from './recurrent.js';
import { Tape } from './tape.js';

/** A function of parameters and rows in operations of TensorFlow.js. Letters: B rows, I = inputSize, O = outputSize. */
export interface TensorflowFunction {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameterLayout: readonly ParameterPart[];
  /** Numbers that it makes of one row on the way. */
  readonly activations: number;
  /** Numbers that a sequence carries from one step to the next, S; 0: rows are independent. */
  readonly stateSize: number;
  initialize(parameters: F32, random: RandomStream): void;
  /** [B, O + S] of input [B, I] and one tensor for each part of the layout, in order: outputs, and the state after each row.
   *  `memory` is there where S > 0. */
  apply(tf: Tf, parameters: readonly Tensor[], input: Tensor2D, memory: Memory | null): Tensor;
  dispose?(): void;
}

/** Bytes of activations that one recording may hold: more rows are walked in blocks, and then computed a second time for the
 *  gradient. */
const RECORDED_BYTES = 2 ** 28;

/** A function of TensorFlow.js as a network. Parameters stay in the kernels' memory; the tensors made of them are kept until they
 *  change. Throws NETWORK_SIZE_INVALID. */
export function createFunctionNetwork(
  kernels: Kernels,
  engine: TensorflowEngine,
  definition: TensorflowFunction,
  maxRows: number,
): Network {
  return new FunctionNetwork(kernels, engine, definition, maxRows);
}

/** A recorded forward pass over all rows of a call. */
interface Recording {
  readonly input: Tensor2D;
  readonly tape: Tape;
}

class FunctionNetwork implements Network {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameterCount: number;
  readonly maxRows: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly stateSize: number;
  readonly states: F32 | null;
  private readonly kernels: Kernels;
  private readonly engine: TensorflowEngine;
  private readonly definition: TensorflowFunction;
  private readonly output: F32;
  /** Rows that one recording takes. */
  private readonly recordedRows: number;
  private parts: readonly Tensor[] = [];
  /** What the tensors were made of. */
  private readonly known: Float32Array;
  private readonly knownBits: Int32Array;
  private recording: Recording | null = null;
  /** Whether gradients were ever asked for: a network that only acts records nothing. */
  private learns = false;
  private lastRows = 0;
  private lastSequences: CopiedSequences | null = null;

  constructor(kernels: Kernels, engine: TensorflowEngine, definition: TensorflowFunction, maxRows: number) {
    const { inputSize, outputSize, parameterLayout, activations, stateSize } = definition;
    for (const [name, value] of Object.entries({ inputSize, outputSize, maxRows })) {
      if (Number.isSafeInteger(value) && value >= 1) continue;
      throw networkError('NETWORK_SIZE_INVALID', `${name} is ${value}, but must be a whole number of at least 1.`, {
        data: { name, value },
      });
    }
    this.kernels = kernels;
    this.engine = engine;
    this.definition = definition;
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.maxRows = maxRows;
    this.parameterLayout = parameterLayout;
    this.parameterCount = parameterLayout.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    this.stateSize = stateSize;
    this.states = stateSize === 0 ? null : kernels.f32(maxRows * stateSize);
    const fitting = Math.max(1, Math.floor(RECORDED_BYTES / (4 * (inputSize + activations + outputSize))));
    // Steps of a sequence cannot be taken apart.
    this.recordedRows = stateSize === 0 ? fitting : maxRows;
    this.output = kernels.f32(maxRows * outputSize);
    this.known = new Float32Array(this.parameterCount);
    this.knownBits = new Int32Array(this.known.buffer);
  }

  initialize(parameters: F32, random: RandomStream): void {
    this.assertBlock(parameters);
    this.definition.initialize(parameters, random);
  }

  forward(parameters: F32, input: F32, B: number, sequences?: Sequences): F32 {
    if (!(B >= 1 && B <= this.maxRows)) {
      const advice = 'Walk larger batches in blocks of rows.';
      this.failRows(`forward got ${B} rows, but the network was made for 1 to ${this.maxRows}. ${advice}`, B);
    }
    this.engine.activate();
    this.upload(parameters);
    this.forget();
    this.lastRows = B;
    this.lastSequences = this.stateSize === 0 ? null : copied(sequences, B, this.stateSize);
    if (this.learns && B <= this.recordedRows) {
      this.recording = this.record(input, 0, B);
      this.take(this.recording.tape.output, 0, B);
      this.handOn(sequences, B);
      return this.output;
    }
    const { tf } = this.engine;
    for (let first = 0; first < B; first += this.recordedRows) {
      const rows = Math.min(this.recordedRows, B - first);
      const output = tf.tidy(() =>
        this.definition.apply(tf, this.parts, this.rowsOf(input, first, rows), this.memoryOf(rows)),
      );
      this.take(output, first, rows);
      output.dispose();
    }
    this.handOn(sequences, B);
    return this.output;
  }

  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput?: F32): void {
    if (B !== this.lastRows) {
      const advice = 'Call forward on the same rows first.';
      this.failRows(`backward got ${B} rows, but the last forward had ${this.lastRows}. ${advice}`, B);
    }
    this.engine.activate();
    this.learns = true;
    this.upload(parameters);
    this.assertBlock(gradients);
    for (let first = 0; first < B; first += this.recordedRows) {
      const rows = Math.min(this.recordedRows, B - first);
      const recording = this.recording ?? this.record(input, first, rows);
      this.recording = null;
      this.addGradients(recording, first, rows, dOutput, gradients, dInput);
    }
  }

  dispose(): void {
    this.engine.activate();
    this.forget();
    for (const tensor of this.parts) tensor.dispose();
    this.parts = [];
    this.definition.dispose?.();
    this.kernels.free(this.output);
    if (this.states !== null) this.kernels.free(this.states);
  }

  /** Tensors of the parameters, made anew where those have changed. Comparing them costs less than sending them over, and who acts
   *  does so many times with the same. */
  private upload(parameters: F32): void {
    this.assertBlock(parameters);
    const bits = new Int32Array(parameters.buffer, parameters.byteOffset, this.parameterCount);
    if (this.parts.length > 0 && sameBits(bits, this.knownBits)) return;
    for (const tensor of this.parts) tensor.dispose();
    this.knownBits.set(bits);
    const { tf } = this.engine;
    // Of their own copies: backends may go on using the memory that a tensor was made of.
    this.parts = this.parameterLayout.map(({ shape, offset }) =>
      tf.keep(tf.tensor(this.known.slice(offset, offset + sizeOf(shape)), [...shape], 'float32')),
    );
  }

  private rowsOf(input: F32, first: number, rows: number): Tensor2D {
    const { inputSize: I } = this;
    return this.engine.tf.tensor2d(new Float32Array(input.subarray(first * I, (first + rows) * I)), [rows, I]);
  }

  private record(source: F32, first: number, rows: number): Recording {
    const { tf } = this.engine;
    const input = tf.keep(this.rowsOf(source, first, rows));
    return { input, tape: new Tape(tf, () => this.definition.apply(tf, this.parts, input, this.memoryOf(rows))) };
  }

  /** Outputs and states of rows, apart. */
  private take(made: Tensor, first: number, rows: number): void {
    const { outputSize: O, stateSize: S, output, states } = this;
    const values = made.dataSync<'float32'>();
    if (states === null) {
      output.set(values, first * O);
      return;
    }
    for (let row = 0; row < rows; row++) {
      const at = row * (O + S);
      for (let o = 0; o < O; o++) output[row * O + o] = values[at + o]!;
      for (let s = 0; s < S; s++) states[row * S + s] = values[at + O + s]!;
    }
  }

  /** The state after the last step, to whoever carries it. */
  private handOn(sequences: Sequences | undefined, B: number): void {
    const { states, stateSize: S } = this;
    if (states === null || sequences === undefined) return;
    const N = B / sequences.steps;
    sequences.state.set(states.subarray((B - N) * S, B * S));
  }

  private memoryOf(rows: number): Memory | null {
    const { lastSequences: last, stateSize: S } = this;
    if (last === null) return null;
    const { tf } = this.engine;
    const N = rows / last.steps;
    const kept = last.kept === null ? null : tf.tensor(last.kept, [last.steps, N, 1]);
    return { steps: last.steps, state: tf.tensor2d(last.state, [N, S]), kept };
  }

  private addGradients(
    { input, tape }: Recording,
    first: number,
    rows: number,
    dOutput: F32,
    gradients: F32,
    dInput: F32 | undefined,
  ): void {
    const { inputSize: I, outputSize: O, parameterLayout } = this;
    const { tf } = this.engine;
    const dy = tf.tensor2d(this.gradientRows(dOutput, first, rows), [rows, O + this.stateSize]);
    const found = tape.gradients(dInput === undefined ? this.parts : [...this.parts, input], dy);
    dy.dispose();
    input.dispose();
    for (const [p, { offset }] of parameterLayout.entries()) {
      const values = found[p]?.dataSync<'float32'>() ?? [];
      for (let k = 0; k < values.length; k++) gradients[offset + k]! += values[k]!;
    }
    if (dInput !== undefined) {
      const values = found[parameterLayout.length]?.dataSync<'float32'>();
      if (values === undefined) dInput.fill(0, first * I, (first + rows) * I);
      else dInput.set(values, first * I);
    }
    for (const gradient of found) gradient?.dispose();
  }

  /** Gradients of outputs, and zeros for those of states. */
  private gradientRows(dOutput: F32, first: number, rows: number): Float32Array {
    const { outputSize: O, stateSize: S } = this;
    if (S === 0) return new Float32Array(dOutput.subarray(first * O, (first + rows) * O));
    const padded = new Float32Array(rows * (O + S));
    for (let row = 0; row < rows; row++) {
      padded.set(dOutput.subarray((first + row) * O, (first + row + 1) * O), row * (O + S));
    }
    return padded;
  }

  private forget(): void {
    this.recording?.tape.dispose();
    this.recording?.input.dispose();
    this.recording = null;
  }

  private assertBlock(block: F32): void {
    if (block.length >= this.parameterCount) return;
    throw networkError(
      'NETWORK_PARAMETERS_SHORT',
      `The block has ${block.length} elements, but the network has ${this.parameterCount} parameters.`,
      { data: { length: block.length, parameterCount: this.parameterCount } },
    );
  }

  private failRows(problem: string, B: number): never {
    throw networkError('NETWORK_ROWS_INVALID', problem, { data: { rows: B, maxRows: this.maxRows } });
  }
}

/** Sequences as they were when forward was called, for the gradient. */
interface CopiedSequences {
  readonly steps: number;
  readonly state: Float32Array;
  /** 0 where an episode begins, else 1; null: 1 everywhere. */
  readonly kept: Float32Array | null;
}

function copied(sequences: Sequences | undefined, B: number, S: number): CopiedSequences {
  if (sequences === undefined || B % sequences.steps !== 0) {
    const given = sequences === undefined ? 'no sequences' : `sequences of ${sequences.steps} steps`;
    throw networkError(
      'NETWORK_SEQUENCES_INVALID',
      `forward got ${B} rows of a recurrent network and ${given}. Pass sequences whose steps divide the rows.`,
      { data: { rows: B, steps: sequences?.steps ?? null } },
    );
  }
  const { steps, state, starts } = sequences;
  const kept = starts === null ? null : Float32Array.from(starts.subarray(0, B), (start) => (start === 0 ? 1 : 0));
  return { steps, state: new Float32Array(state.subarray(0, (B / steps) * S)), kept };
}

function sameBits(a: Int32Array, b: Int32Array): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
