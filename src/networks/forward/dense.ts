import type { F32, Kernels } from '../../kernels/index.js';
import { type LayerActivation, sizeOf } from '../layers/index.js';
import type { ForwardLayer, LayerMaking } from './layer.js';
import { product } from './product.js';

/** activation(x·W + b) over the last extent. Parts: W [I, O] · b [O]. */
export class DenseForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly kernels: Kernels;
  private readonly input: F32;
  /** Vectors of one row. */
  private readonly vectors: number;
  private readonly inputs: number;
  private readonly outputs: number;
  private readonly activation: LayerActivation;

  constructor({ kernels, arrays, layer, operands, rows }: LayerMaking, activation: LayerActivation) {
    const { array, shape } = operands[0]!;
    this.kernels = kernels;
    this.input = array;
    this.vectors = sizeOf(shape.slice(0, -1));
    this.inputs = shape.at(-1)!;
    this.outputs = layer.shape.at(-1)!;
    this.activation = activation;
    this.output = arrays.f32(rows * sizeOf(layer.shape));
  }

  run([weights, bias]: readonly F32[], rows: number): void {
    const { kernels, input, output, vectors, inputs, outputs, activation } = this;
    product(kernels, input, weights!, bias!, output, rows * vectors, inputs, outputs, activation);
  }
}
