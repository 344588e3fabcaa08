import type { F32 } from '../../kernels/index.js';
import { sizeOf } from '../layers/index.js';
import type { ForwardLayer, LayerMaking, Operand } from './layer.js';

/** Operands joined along their last extent. */
export class ConcatenateForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly operands: readonly Operand[];
  /** Vectors of one row, which are as many in each operand. */
  private readonly vectors: number;
  private readonly width: number;

  constructor({ arrays, layer, operands, rows }: LayerMaking) {
    this.operands = operands;
    this.width = layer.shape.at(-1)!;
    this.vectors = sizeOf(layer.shape.slice(0, -1));
    this.output = arrays.f32(rows * sizeOf(layer.shape));
  }

  run(_parameters: readonly F32[], rows: number): void {
    const { operands, output, width } = this;
    const vectors = rows * this.vectors;
    let offset = 0;
    for (let o = 0; o < operands.length; o++) {
      const { array, shape } = operands[o]!;
      const own = shape[shape.length - 1]!;
      for (let v = 0; v < vectors; v++) {
        for (let j = 0; j < own; j++) output[v * width + offset + j] = array[v * own + j]!;
      }
      offset += own;
    }
  }
}

/** The sum of operands, added up in their order. */
export class AddForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly operands: readonly Operand[];
  private readonly size: number;

  constructor({ arrays, layer, operands, rows }: LayerMaking) {
    this.operands = operands;
    this.size = sizeOf(layer.shape);
    this.output = arrays.f32(rows * this.size);
  }

  run(_parameters: readonly F32[], rows: number): void {
    const { operands, output } = this;
    const end = rows * this.size;
    for (let o = 0; o < operands.length; o++) {
      const { array } = operands[o]!;
      if (o === 0) for (let k = 0; k < end; k++) output[k] = array[k]!;
      else for (let k = 0; k < end; k++) output[k] = output[k]! + array[k]!;
    }
  }
}
