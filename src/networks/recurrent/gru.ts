import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { networkError } from '../errors.js';
import { createMlp } from '../mlp/index.js';
import { assertSize } from '../mlp/mlp.js';
import type { Network, ParameterPart, Sequences } from '../port.js';
import type { NetworkSpec } from '../spec.js';
import { type CellViews, GruCell } from './gru-cell.js';

export interface GruOptions {
  readonly inputSize: number;
  readonly maxRows: number;
  /** Widths of the layers before the unit; [] gives it the input. */
  readonly hidden: readonly number[];
  /** Of those layers. */
  readonly activation: NetworkSpec['activation'];
  /** Numbers of the state, S. */
  readonly size: number;
  readonly initialization: NetworkSpec['initialization'];
  readonly hiddenGain: number;
  /** The linear layer behind the unit; absent: the state is the output. */
  readonly output?: { readonly size: number; readonly gain: number; readonly bias: number };
}

/** A parameter or gradient block cut into its parts. */
interface Views {
  readonly before: F32;
  readonly cell: CellViews;
  readonly behind: F32;
}

/** x_t = layers(input_t), h_t = gru(x_t, h_{t−1}), output_t = h_t·W + b, or h_t itself.
 *  Parameter block:  layers · unit (see `GruCell`) · W [S, O] · b [O].  Throws NETWORK_SIZE_INVALID. */
export function createGru(kernels: Kernels, options: GruOptions): Network {
  return new Gru(kernels, options);
}

class Gru implements Network {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSize: number;
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly states: F32;
  private readonly kernels: Kernels;
  private readonly initialization: NetworkSpec['initialization'];
  private readonly before: Network | null;
  private readonly cell: GruCell;
  private readonly behind: Network | null;
  private readonly cellAt: number;
  private readonly behindAt: number;
  /** Gradients of what the unit takes in, and of what it gives where a layer follows; null where there are no layers. */
  private readonly dFeatures: F32 | null;
  private readonly dStates: F32 | null;
  private readonly viewsOf = new WeakMap<F32, Views>();
  private features: F32;
  private lastRows = 0;

  constructor(kernels: Kernels, options: GruOptions) {
    const { inputSize, maxRows, hidden, activation, size, initialization, hiddenGain, output } = options;
    assertSize(inputSize, 'inputSize');
    assertSize(maxRows, 'maxRows');
    assertSize(size, 'recurrent.size');
    const width = hidden.at(-1);
    this.kernels = kernels;
    this.initialization = initialization;
    this.inputSize = inputSize;
    this.stateSize = size;
    this.maxRows = maxRows;
    this.before =
      width === undefined
        ? null
        : createMlp(kernels, {
            inputSize,
            outputSize: width,
            maxRows,
            hidden: hidden.slice(0, -1),
            activation,
            outputActivation: activation,
            initialization,
            hiddenGain,
            outputGain: hiddenGain,
          });
    const features = width ?? inputSize;
    this.cell = new GruCell(kernels, features, size, maxRows);
    this.behind =
      output === undefined
        ? null
        : createMlp(kernels, {
            inputSize: size,
            outputSize: output.size,
            maxRows,
            hidden: [],
            activation,
            initialization,
            hiddenGain,
            outputGain: output.gain,
            outputBias: output.bias,
          });
    this.outputSize = output?.size ?? size;
    this.cellAt = this.before?.parameterCount ?? 0;
    this.behindAt = this.cellAt + this.cell.parameterCount;
    this.parameterCount = this.behindAt + (this.behind?.parameterCount ?? 0);
    this.parameterLayout = [
      ...(this.before?.parameterLayout ?? []),
      ...moved(this.cell.parameterLayout, this.cellAt),
      ...moved(this.behind?.parameterLayout ?? [], this.behindAt).map((part) => ({
        ...part,
        name: part.name.replace('layers.0', 'output'),
      })),
    ];
    this.states = this.cell.states;
    this.dFeatures = this.before === null ? null : kernels.f32(maxRows * features);
    this.dStates = this.behind === null ? null : kernels.f32(maxRows * size);
    this.features = this.states;
  }

  initialize(parameters: F32, random: RandomStream): void {
    const { before, cell, behind } = this.views(parameters);
    this.before?.initialize(before, random);
    this.cell.initialize(cell, this.initialization, random);
    this.behind?.initialize(behind, random);
  }

  forward(parameters: F32, input: F32, B: number, sequences?: Sequences): F32 {
    if (!(B >= 1 && B <= this.maxRows)) this.failRows('forward', B);
    if (sequences === undefined || B % sequences.steps !== 0) throw this.noSequences(B, sequences);
    const { before, cell, behind } = this.views(parameters);
    this.features = this.before === null ? input : this.before.forward(before, input, B);
    this.cell.forward(cell, this.features, B / sequences.steps, sequences);
    this.lastRows = B;
    return this.behind === null ? this.states : this.behind.forward(behind, this.states, B);
  }

  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput?: F32): void {
    if (B !== this.lastRows) this.failRows('backward', B);
    const views = this.views(parameters);
    const sums = this.views(gradients);
    const { dFeatures, dStates } = this;
    if (dStates !== null) this.behind!.backward(views.behind, this.states, dOutput, sums.behind, B, dStates);
    this.cell.backward(views.cell, this.features, dStates ?? dOutput, sums.cell, B, dFeatures ?? dInput ?? null);
    if (dFeatures !== null) this.before!.backward(views.before, input, dFeatures, sums.before, B, dInput);
  }

  dispose(): void {
    this.before?.dispose();
    this.cell.dispose();
    this.behind?.dispose();
    if (this.dFeatures !== null) this.kernels.free(this.dFeatures);
    if (this.dStates !== null) this.kernels.free(this.dStates);
  }

  /** Views are made once per block and live as long as it does. */
  private views(block: F32): Views {
    const known = this.viewsOf.get(block);
    if (known !== undefined) return known;
    if (block.length < this.parameterCount) {
      throw networkError(
        'NETWORK_PARAMETERS_SHORT',
        `The block has ${block.length} elements, but the network has ${this.parameterCount} parameters.`,
        { data: { length: block.length, parameterCount: this.parameterCount } },
      );
    }
    const { kernels, behindAt } = this;
    const views = {
      before: kernels.view(block, 0, this.cellAt),
      cell: this.cell.viewsOf(block, this.cellAt),
      behind: kernels.view(block, behindAt, this.parameterCount - behindAt),
    };
    this.viewsOf.set(block, views);
    return views;
  }

  private noSequences(B: number, sequences: Sequences | undefined) {
    const problem =
      sequences === undefined
        ? `forward got ${B} rows of a recurrent network and no sequences. Pass the steps and the state that they begin with.`
        : `forward got ${B} rows, which are not sequences of ${sequences.steps} steps each. Pass steps times sequences.`;
    return networkError('NETWORK_SEQUENCES_INVALID', problem, { data: { rows: B, steps: sequences?.steps ?? null } });
  }

  private failRows(call: 'forward' | 'backward', B: number): never {
    const problem =
      call === 'forward'
        ? `forward got ${B} rows, but the network was made for 1 to ${this.maxRows}. Walk larger batches in blocks of rows.`
        : `backward got ${B} rows, but the last forward had ${this.lastRows}. Call forward on the same rows first.`;
    throw networkError('NETWORK_ROWS_INVALID', problem, { data: { rows: B, maxRows: this.maxRows } });
  }
}

const moved = (parts: readonly ParameterPart[], by: number): ParameterPart[] =>
  parts.map((part) => ({ ...part, offset: part.offset + by }));
