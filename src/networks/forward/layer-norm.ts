import type { F32 } from '../../kernels/index.js';
import { sizeOf } from '../layers/index.js';
import type { ForwardLayer, LayerMaking } from './layer.js';

/** gain·(x − mean)/√(variance + ε) + bias over the last extent, in float64. Parts: gain [W] · bias [W].
 *  Source: Ba, Kiros and Hinton 2016, eq. 3 and 4. */
export class LayerNormForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly input: F32;
  /** Vectors of one row. */
  private readonly vectors: number;
  private readonly width: number;
  private readonly epsilon: number;

  constructor({ arrays, layer, operands, rows }: LayerMaking, epsilon: number) {
    this.input = operands[0]!.array;
    this.width = layer.shape.at(-1)!;
    this.vectors = sizeOf(layer.shape.slice(0, -1));
    this.epsilon = epsilon;
    this.output = arrays.f32(rows * sizeOf(layer.shape));
  }

  run([gain, bias]: readonly F32[], rows: number): void {
    const { input, output, width: W, epsilon } = this;
    const end = rows * this.vectors * W;
    for (let at = 0; at < end; at += W) {
      let sum = 0;
      for (let j = 0; j < W; j++) sum += input[at + j]!;
      const mean = sum / W;
      let squares = 0;
      for (let j = 0; j < W; j++) {
        const centered = input[at + j]! - mean;
        squares += centered * centered;
      }
      const scale = 1 / Math.sqrt(squares / W + epsilon);
      for (let j = 0; j < W; j++) output[at + j] = (input[at + j]! - mean) * scale * gain![j]! + bias![j]!;
    }
  }
}
