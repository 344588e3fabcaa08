import type { F32, Kernels } from '../../kernels/index.js';
import { type CellViews, GruCell } from '../recurrent/index.js';
import type { ForwardLayer, LayerMaking } from './layer.js';

const { fround } = Math;

/** The gated recurrent unit of the kernels, one step at a time. Parts: W [I, 3S] · b [3S] · U [S, 3S] · c [3S], as `GruCell` has them. */
export class GruForward implements ForwardLayer {
  readonly output: F32;
  readonly memory: F32;
  private readonly input: F32;
  private readonly cell: GruCell;
  private readonly sequences: { readonly steps: 1; readonly state: F32; readonly starts: null };
  private known: readonly F32[] | null = null;
  private views: CellViews | null = null;

  constructor({ kernels, arrays, operands, rows }: LayerMaking, units: number) {
    const { array, shape } = operands[0]!;
    this.input = array;
    this.cell = arrays.keep(new GruCell(kernels, shape[0]!, units, rows));
    this.output = this.cell.states;
    this.memory = arrays.f32(rows * units);
    this.sequences = { steps: 1, state: this.memory, starts: null };
  }

  run(parameters: readonly F32[], rows: number): void {
    if (this.known !== parameters) {
      const [inputWeights, inputBias, stateWeights, stateBias] = parameters as [F32, F32, F32, F32];
      this.known = parameters;
      this.views = { inputWeights, inputBias, stateWeights, stateBias };
    }
    this.cell.forward(this.views!, this.input, rows, this.sequences);
  }
}

/** i, f, o = σ(x·W + b + h·R), g = tanh(…), c' = f∘c + i∘g, h' = o∘tanh(c'); the memory is h ‖ c, gates are in the order i, f, g, o.
 *  Parts: W [I, 4S] · R [S, 4S] · b [4S]. Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. */
export class LstmForward implements ForwardLayer {
  readonly output: F32;
  readonly memory: F32;
  private readonly kernels: Kernels;
  private readonly input: F32;
  private readonly inputs: number;
  private readonly units: number;
  /** f32[R, S]: h before the step; f32[R, 4S]: what input and h make of the gates; f32[R, S]: g; f32[R, S]: tanh of c'. */
  private readonly carried: F32;
  private readonly inputGates: F32;
  private readonly gates: F32;
  private readonly candidates: F32;
  private readonly squashed: F32;
  /** f32[4S], zeros: the second product has no bias. */
  private readonly none: F32;

  constructor({ kernels, arrays, operands, rows }: LayerMaking, units: number) {
    const { array, shape } = operands[0]!;
    this.kernels = kernels;
    this.input = array;
    this.inputs = shape[0]!;
    this.units = units;
    this.output = arrays.f32(rows * units);
    this.memory = arrays.f32(rows * 2 * units);
    this.carried = arrays.f32(rows * units);
    this.inputGates = arrays.f32(rows * 4 * units);
    this.gates = arrays.f32(rows * 4 * units);
    this.candidates = arrays.f32(rows * units);
    this.squashed = arrays.f32(rows * units);
    this.none = arrays.f32(4 * units);
  }

  run([weights, recurrentWeights, bias]: readonly F32[], rows: number): void {
    const { kernels, units: S, memory, output, carried, inputGates, gates, candidates, squashed } = this;
    kernels.denseForward(this.input, weights!, bias!, inputGates, rows, this.inputs, 4 * S, 'none');
    for (let b = 0; b < rows; b++) {
      for (let j = 0; j < S; j++) carried[b * S + j] = memory[2 * b * S + j]!;
    }
    kernels.denseForward(carried, recurrentWeights!, this.none, gates, rows, S, 4 * S, 'none');
    for (let k = 0; k < rows * 4 * S; k++) gates[k] = inputGates[k]! + gates[k]!;
    for (let b = 0; b < rows; b++) {
      for (let j = 0; j < S; j++) candidates[b * S + j] = gates[(4 * b + 2) * S + j]!;
    }
    kernels.elementwise('tanh', candidates, candidates, rows * S);
    kernels.elementwise('sigmoid', gates, gates, rows * 4 * S);
    for (let b = 0; b < rows; b++) {
      for (let j = 0; j < S; j++) {
        const cell = (2 * b + 1) * S + j;
        const kept = fround(gates[(4 * b + 1) * S + j]! * memory[cell]!);
        memory[cell] = kept + fround(gates[4 * b * S + j]! * candidates[b * S + j]!);
        squashed[b * S + j] = memory[cell]!;
      }
    }
    kernels.elementwise('tanh', squashed, squashed, rows * S);
    for (let b = 0; b < rows; b++) {
      for (let j = 0; j < S; j++) {
        const h = gates[(4 * b + 3) * S + j]! * squashed[b * S + j]!;
        output[b * S + j] = h;
        memory[2 * b * S + j] = h;
      }
    }
  }
}
