import type { RandomStream } from '../../base/index.js';
import type { DenseChain, F32, Kernels } from '../../kernels/index.js';
import { networkError } from '../errors.js';
import type { Network, ParameterPart } from '../port.js';
import type { Initialization } from './initialization.js';
import { type DenseLayer, denseLayers, denseLayout, initializeDenseLayers, type MlpShape } from './layers.js';

export interface MlpOptions extends MlpShape {
  readonly maxRows: number;
}

interface Layer extends DenseLayer {
  /** f32[maxRows, outputs], of the last forward. */
  readonly output: F32;
}

/** h_0 = input, h_l = activation(h_{l−1}·W_l + b_l), output = outputActivation(h_{L−1}·W_L + b_L), in canonical arithmetic, with
 *  the parameter block of `denseLayers`. Throws NETWORK_SIZE_INVALID. */
export function createMlp(kernels: Kernels, options: MlpOptions): Network {
  return new Mlp(kernels, options);
}

class Mlp implements Network {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly stateSize = 0;
  readonly states = null;
  readonly parameterLayout: readonly ParameterPart[];
  private readonly kernels: Kernels;
  private readonly initialization: Initialization;
  readonly denseLayers: readonly Layer[];
  private readonly chain: DenseChain;
  private readonly output: F32;
  private lastRows = 0;

  constructor(kernels: Kernels, options: MlpOptions) {
    const { inputSize, outputSize, maxRows, hidden } = options;
    assertSize(inputSize, 'inputSize');
    assertSize(outputSize, 'outputSize');
    assertSize(maxRows, 'maxRows');
    for (const [l, width] of hidden.entries()) assertSize(width, `hidden[${l}]`);
    this.kernels = kernels;
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.maxRows = maxRows;
    this.initialization = options.initialization;

    this.denseLayers = denseLayers(options).map((layer) => ({
      ...layer,
      output: kernels.f32(maxRows * layer.outputs),
    }));
    this.parameterLayout = denseLayout(this.denseLayers);
    const { biasAt, outputs, output } = this.denseLayers.at(-1)!;
    this.parameterCount = biasAt + outputs;
    this.output = output;
    this.chain = kernels.denseChain(this.denseLayers, maxRows);
  }

  initialize(parameters: F32, random: RandomStream): void {
    this.assertBlock(parameters);
    initializeDenseLayers(this.denseLayers, this.initialization, parameters, random);
  }

  forward(parameters: F32, input: F32, B: number): F32 {
    if (!(B >= 1 && B <= this.maxRows)) this.failRows('forward', B);
    this.assertBlock(parameters);
    this.chain.forward(parameters, input, B);
    this.lastRows = B;
    return this.output;
  }

  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput: F32 | null = null): void {
    if (B !== this.lastRows) this.failRows('backward', B);
    this.assertBlock(parameters);
    this.assertBlock(gradients);
    this.chain.backward(parameters, input, dOutput, gradients, B, dInput);
  }

  dispose(): void {
    for (const layer of this.denseLayers) this.kernels.free(layer.output);
    this.chain.dispose();
  }

  private assertBlock(block: F32): void {
    if (block.length >= this.parameterCount) return;
    throw networkError(
      'NETWORK_PARAMETERS_SHORT',
      `The block has ${block.length} elements, but the network has ${this.parameterCount} parameters.`,
      { data: { length: block.length, parameterCount: this.parameterCount } },
    );
  }

  private failRows(call: 'forward' | 'backward', B: number): never {
    const problem =
      call === 'forward'
        ? `forward got ${B} rows, but the network was made for 1 to ${this.maxRows}. Walk larger batches in blocks of rows.`
        : `backward got ${B} rows, but the last forward had ${this.lastRows}. Call forward on the same rows first.`;
    throw networkError('NETWORK_ROWS_INVALID', problem, { data: { rows: B, maxRows: this.maxRows } });
  }
}

/** Throws NETWORK_SIZE_INVALID unless the value is a whole number of at least 1. */
export function assertSize(value: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw networkError('NETWORK_SIZE_INVALID', `${name} is ${value}, but must be a whole number of at least 1.`, {
    data: { name, value },
  });
}
