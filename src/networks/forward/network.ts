import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { type DescribedNetwork, describeNetwork } from '../described.js';
import { networkError } from '../errors.js';
import { type PlacedLayers, sizeOf } from '../layers/index.js';
import type { LayersOptions } from '../maker.js';
import { assertSize } from '../mlp/mlp.js';
import type { Network, ParameterPart, Sequences } from '../port.js';
import { convolutionWindows, patchNumbers } from './convolution.js';
import { createForwardLayer } from './create.js';
import { type ForwardLayer, LayerArrays, type Operand } from './layer.js';

/** Numbers that the layers of one pass hold: more rows are walked in blocks, which changes no bit. 16 MiB. */
const PASS_NUMBERS = 2 ** 22;
/** Arrays of a recurrent unit, in numbers for each that it remembers. */
const UNIT_NUMBERS = 32;

/** A described network on the kernels, for who acts: `backward` throws NETWORK_ENGINE_MISSING. Rows are computed each by itself, in
 *  canonical arithmetic, so its bits are the same on all kernels and in any blocks.
 *  Throws NETWORK_DESCRIPTION_INVALID, NETWORK_SIZE_INVALID. */
export function createForwardLayers(kernels: Kernels, options: LayersOptions, maxRows: number): Network {
  return new ForwardLayers(kernels, options, maxRows);
}

/** A part of the rows, in an array of its own. */
interface Input extends Operand {
  readonly offset: number;
  readonly size: number;
}

/** A layer, and which of a block's views are its parts. */
interface Step {
  readonly layer: ForwardLayer;
  readonly index: number;
  /** Where what it remembers lies in the network's state. */
  readonly offset: number;
  readonly size: number;
}

/** A parameter block cut into the parts of each layer, and of the output layer at the end. */
type Views = readonly (readonly F32[])[];

class ForwardLayers implements Network {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly stateSize: number;
  readonly maxRows: number;
  readonly states: F32 | null;
  private readonly kernels: Kernels;
  private readonly described: DescribedNetwork;
  private readonly arrays: LayerArrays;
  /** Rows of one pass. */
  private readonly passRows: number;
  private readonly inputs: readonly Input[];
  private readonly steps: readonly Step[];
  private readonly features: F32;
  private readonly featureSize: number;
  /** f32[passRows, O] where there is an output layer, else the features. */
  private readonly made: F32;
  private readonly output: F32;
  private readonly viewsOf = new WeakMap<F32, Views>();

  constructor(kernels: Kernels, options: LayersOptions, maxRows: number) {
    const { inputSize, activation } = options;
    assertSize(inputSize, 'inputSize');
    assertSize(maxRows, 'maxRows');
    const described = describeNetwork(options);
    const { placed } = described;
    this.kernels = kernels;
    this.described = described;
    this.inputSize = inputSize;
    this.outputSize = described.outputSize;
    this.parameterCount = described.parameterCount;
    this.parameterLayout = described.parameterLayout;
    this.stateSize = placed.stateSize;
    this.maxRows = maxRows;
    const numbers = inputSize + placed.activations + UNIT_NUMBERS * placed.stateSize;
    const rows = Math.max(1, Math.min(maxRows, Math.floor(PASS_NUMBERS / numbers)));
    this.passRows = rows;
    const arrays = new LayerArrays(kernels);
    this.arrays = arrays;
    this.inputs = placed.inputs.map(({ offset, shape }) => {
      const size = sizeOf(shape);
      return { offset, shape, size, array: arrays.f32(rows * size) };
    });
    const operands: Operand[] = [...this.inputs];
    const patches = arrays.f32(largestPatches(placed, rows));
    const steps: Step[] = [];
    for (const [index, layer] of placed.layers.entries()) {
      const of = layer.of.map((position) => operands[position]!);
      const made = createForwardLayer({ kernels, arrays, layer, operands: of, activation, rows, patches });
      if (made !== null) steps.push({ layer: made, index, ...layer.state });
      operands.push({ array: made?.output ?? of[0]!.array, shape: layer.shape });
    }
    this.steps = steps;
    this.features = operands.at(-1)!.array;
    this.featureSize = placed.featureSize;
    this.made = options.output === undefined ? this.features : arrays.f32(rows * this.outputSize);
    this.output = arrays.f32(maxRows * this.outputSize);
    this.states = this.stateSize === 0 ? null : arrays.f32(maxRows * this.stateSize);
  }

  initialize(parameters: F32, random: RandomStream): void {
    this.assertBlock(parameters);
    this.described.initialize(parameters, random);
  }

  forward(parameters: F32, input: F32, B: number, sequences?: Sequences): F32 {
    if (!(B >= 1 && B <= this.maxRows)) {
      throw networkError(
        'NETWORK_ROWS_INVALID',
        `forward got ${B} rows, but the network was made for 1 to ${this.maxRows}. Walk larger batches in blocks of rows.`,
        { data: { rows: B, maxRows: this.maxRows } },
      );
    }
    const views = this.views(parameters);
    const remembered = this.stateSize === 0 ? null : (sequences ?? null);
    if (this.stateSize > 0 && (remembered === null || B % remembered.steps !== 0)) failSequences(B, remembered);
    const N = remembered === null ? B : B / remembered.steps;
    // Step by step, as whoever acts does: what a step of a sequence begins with is what the one before it wrote.
    for (let step = 0; step < B; step += N) {
      for (let n = 0; n < N; n += this.passRows) {
        const rows = Math.min(this.passRows, N - n);
        this.pass(views, input, step + n, n, rows, remembered);
      }
    }
    return this.output;
  }

  backward(): never {
    throw networkError(
      'NETWORK_ENGINE_MISSING',
      'A network of kind "layers" learns on TensorFlow.js, which has not been loaded: `await loadTensorflow()` first. Without it such a network acts only.',
    );
  }

  dispose(): void {
    this.arrays.dispose();
  }

  /** Rows first … first + rows − 1, which are steps of the sequences n … n + rows − 1. */
  private pass(views: Views, input: F32, first: number, n: number, rows: number, sequences: Sequences | null): void {
    const { steps, kernels, features, featureSize, made, output, outputSize: O } = this;
    this.take(input, first, rows);
    if (sequences !== null) this.recall(sequences, first, n, rows);
    for (let s = 0; s < steps.length; s++) {
      const { layer, index } = steps[s]!;
      layer.run(views[index]!, rows);
    }
    if (sequences !== null) this.remember(sequences, first, n, rows);
    if (made !== features) {
      const [weights, bias] = views[views.length - 1]!;
      kernels.denseForward(features, weights!, bias!, made, rows, featureSize, O, 'none');
    }
    for (let k = 0; k < rows * O; k++) output[first * O + k] = made[k]!;
  }

  /** Cuts the inputs out of the rows. */
  private take(input: F32, first: number, rows: number): void {
    const { inputs, inputSize: I } = this;
    for (let i = 0; i < inputs.length; i++) {
      const { offset, size, array } = inputs[i]!;
      for (let b = 0, to = 0; b < rows; b++) {
        const from = (first + b) * I + offset;
        for (let j = 0; j < size; j++) array[to++] = input[from + j]!;
      }
    }
  }

  /** Hands each recurrent layer its part of the state, zeros where an episode begins with the step. */
  private recall({ state, starts }: Sequences, first: number, n: number, rows: number): void {
    const { steps, stateSize: S } = this;
    for (let s = 0; s < steps.length; s++) {
      const { layer, offset, size } = steps[s]!;
      if (layer.memory === null) continue;
      for (let b = 0; b < rows; b++) {
        const begins = starts !== null && starts[first + b] !== 0;
        const from = (n + b) * S + offset;
        for (let j = 0; j < size; j++) layer.memory[b * size + j] = begins ? 0 : state[from + j]!;
      }
    }
  }

  /** Takes back what they remember. */
  private remember({ state }: Sequences, first: number, n: number, rows: number): void {
    const { steps, stateSize: S } = this;
    const states = this.states!;
    for (let s = 0; s < steps.length; s++) {
      const { layer, offset, size } = steps[s]!;
      if (layer.memory === null) continue;
      for (let b = 0; b < rows; b++) {
        for (let j = 0; j < size; j++) {
          const value = layer.memory[b * size + j]!;
          state[(n + b) * S + offset + j] = value;
          states[(first + b) * S + offset + j] = value;
        }
      }
    }
  }

  /** Views are made once per block and live as long as it does. */
  private views(block: F32): Views {
    const known = this.viewsOf.get(block);
    if (known !== undefined) return known;
    this.assertBlock(block);
    const { kernels, parameterLayout } = this;
    const { layers } = this.described.placed;
    const parts = parameterLayout.map(({ offset, shape }) => kernels.view(block, offset, sizeOf(shape)));
    let next = 0;
    const views = layers.map((layer) => {
      next += layer.parts.length;
      return parts.slice(next - layer.parts.length, next);
    });
    views.push(parts.slice(next));
    this.viewsOf.set(block, views);
    return views;
  }

  private assertBlock(block: F32): void {
    if (block.length >= this.parameterCount) return;
    throw networkError(
      'NETWORK_PARAMETERS_SHORT',
      `The block has ${block.length} elements, but the network has ${this.parameterCount} parameters.`,
      { data: { length: block.length, parameterCount: this.parameterCount } },
    );
  }
}

/** Numbers that the convolutions of a description lay out at most. */
function largestPatches({ inputs, layers }: PlacedLayers, rows: number): number {
  const shapes = [...inputs, ...layers].map(({ shape }) => shape);
  return layers.reduce((most, layer) => {
    const windows = convolutionWindows(layer, shapes[layer.of[0]!]!);
    return windows === null ? most : Math.max(most, patchNumbers(windows, rows));
  }, 0);
}

function failSequences(B: number, sequences: Sequences | null): never {
  const given = sequences === null ? 'no sequences' : `sequences of ${sequences.steps} steps`;
  throw networkError(
    'NETWORK_SEQUENCES_INVALID',
    `forward got ${B} rows of a recurrent network and ${given}. Pass sequences whose steps divide the rows.`,
    { data: { rows: B, steps: sequences?.steps ?? null } },
  );
}
