import type { F32 } from '../../kernels/index.js';
import { sizeOf } from '../layers/index.js';
import type { ForwardLayer, LayerMaking } from './layer.js';

/** The rows of a table that the operand's numbers name, rounded (halves to even) and cut off to what there is.
 *  Parts: table [count, size]. */
export class EmbeddingForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly input: F32;
  /** Numbers of one row that name something. */
  private readonly words: number;
  private readonly count: number;
  private readonly size: number;

  constructor({ arrays, layer, operands, rows }: LayerMaking, count: number, size: number) {
    const { array, shape } = operands[0]!;
    this.input = array;
    this.words = sizeOf(shape);
    this.count = count;
    this.size = size;
    this.output = arrays.f32(rows * sizeOf(layer.shape));
  }

  run([table]: readonly F32[], rows: number): void {
    const { input, output, count, size } = this;
    for (let k = 0, to = 0; k < rows * this.words; k++, to += size) {
      const from = Math.min(count - 1, Math.max(0, rounded(input[k]!))) * size;
      for (let j = 0; j < size; j++) output[to + j] = table![from + j]!;
    }
  }
}

function rounded(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}
