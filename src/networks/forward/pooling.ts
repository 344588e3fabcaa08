import type { F32 } from '../../kernels/index.js';
import { sizeOf } from '../layers/index.js';
import type { ForwardLayer, LayerMaking } from './layer.js';
import type { Windows } from './windows.js';

/** The greatest number of each channel that a window sees; what lies around the picture is not seen. */
export class MaxPoolForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly input: F32;
  private readonly windows: Windows;

  constructor({ arrays, layer, operands, rows }: LayerMaking, windows: Windows) {
    this.input = operands[0]!.array;
    this.windows = windows;
    this.output = arrays.f32(rows * sizeOf(layer.shape));
  }

  run(_parameters: readonly F32[], rows: number): void {
    const { height, width, channels: C, h, w, down, across, top, left, Y, X } = this.windows;
    this.output.fill(-Infinity, 0, rows * Y * X * C);
    for (let b = 0, to = 0; b < rows; b++) {
      for (let y = 0; y < Y; y++) {
        const up = Math.max(0, y * down - top);
        const low = Math.min(height, y * down - top + h);
        for (let x = 0; x < X; x++, to += C) {
          const begin = Math.max(0, x * across - left);
          const end = Math.min(width, x * across - left + w);
          for (let row = up; row < low; row++) {
            for (let column = begin; column < end; column++)
              this.take(((b * height + row) * width + column) * C, to, C);
          }
        }
      }
    }
  }

  private take(from: number, to: number, C: number): void {
    const { input, output } = this;
    for (let c = 0; c < C; c++) {
      const value = input[from + c]!;
      if (!(value <= output[to + c]!)) output[to + c] = value;
    }
  }
}
