import type { F32, Kernels } from '../../kernels/index.js';
import { type LayerActivation, type PlacedLayer, pairOf, sizeOf } from '../layers/index.js';
import { RowBlocks } from '../row-blocks.js';
import type { ForwardLayer, LayerMaking } from './layer.js';
import { product } from './product.js';
import { type Windows, windowsOf } from './windows.js';

/** Numbers that filters see at a time, laid out for one product: 1 MiB, or one patch where that is larger. */
const PATCH_NUMBERS = 2 ** 18;

/** A convolution as products of patches: what a filter sees at each place is a row, y = activation(patches·W + b), W [h·w·C, O].
 *  Parts: W [h, w, C, O], of one extent less where it goes over steps · b [O]. */
export class ConvolutionForward implements ForwardLayer {
  readonly output: F32;
  readonly memory = null;
  private readonly kernels: Kernels;
  private readonly input: F32;
  private readonly patches: F32;
  private readonly windows: Windows;
  /** Numbers of a patch, and of what is made of it. */
  private readonly seen: number;
  private readonly filters: number;
  private readonly activation: LayerActivation;
  private readonly blocks: RowBlocks;

  constructor(
    { kernels, arrays, layer, operands, rows, patches }: LayerMaking,
    windows: Windows,
    activation: LayerActivation,
  ) {
    this.kernels = kernels;
    this.input = operands[0]!.array;
    this.patches = patches;
    this.windows = windows;
    this.seen = windows.h * windows.w * windows.channels;
    this.filters = layer.shape.at(-1)!;
    this.activation = activation;
    this.blocks = new RowBlocks(kernels, patchesAtOnce(this.seen));
    this.output = arrays.f32(rows * sizeOf(layer.shape));
  }

  run([weights, bias]: readonly F32[], rows: number): void {
    const { kernels, output, patches, seen, filters, activation, blocks } = this;
    const places = rows * this.windows.Y * this.windows.X;
    const { maxRows } = blocks;
    for (let first = 0, block = 0; first < places; first += maxRows, block++) {
      const count = Math.min(maxRows, places - first);
      this.layOut(first, count);
      const made = blocks.floatsFrom(output, filters, block);
      product(kernels, patches, weights!, bias!, made, count, seen, filters, activation);
    }
  }

  /** Copies what filters see at places first … first + count − 1; a row of a window lies in one piece, zeros stand around. */
  private layOut(first: number, count: number): void {
    const { input, patches } = this;
    const { height, width, channels, h, w, down, across, top, left, Y, X } = this.windows;
    const piece = w * channels;
    const line = width * channels;
    for (let p = 0, to = 0; p < count; p++) {
      const place = first + p;
      const b = Math.floor(place / (Y * X));
      const y = Math.floor(place / X) % Y;
      const begin = ((place % X) * across - left) * channels;
      for (let k = 0; k < h; k++, to += piece) {
        const row = y * down - top + k;
        if (row < 0 || row >= height) {
          patches.fill(0, to, to + piece);
          continue;
        }
        const from = (b * height + row) * line + begin;
        for (let j = 0; j < piece; j++) {
          const column = begin + j;
          patches[to + j] = column < 0 || column >= line ? 0 : input[from + j]!;
        }
      }
    }
  }
}

/** The windows of a convolution; steps are a picture of one line. Null for other layers. */
export function convolutionWindows({ spec, shape }: PlacedLayer, of: readonly number[]): Windows | null {
  if (spec.type === 'conv2d') {
    const [height, width, channels] = of as [number, number, number];
    const made = [shape[0]!, shape[1]!] as const;
    const strides = pairOf(spec.strides ?? 1);
    return windowsOf([height, width, channels], pairOf(spec.kernelSize), strides, spec.padding, made);
  }
  if (spec.type !== 'conv1d') return null;
  const [steps, channels] = of as [number, number];
  return windowsOf([1, steps, channels], [1, spec.kernelSize], [1, spec.strides ?? 1], spec.padding, [1, shape[0]!]);
}

/** Numbers that a convolution lays out at most, for R rows. */
export function patchNumbers({ h, w, channels, Y, X }: Windows, rows: number): number {
  const seen = h * w * channels;
  return seen * Math.min(rows * Y * X, patchesAtOnce(seen));
}

const patchesAtOnce = (seen: number): number => Math.max(1, Math.floor(PATCH_NUMBERS / seen));
