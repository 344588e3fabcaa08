import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { paddingOf, pairOf } from '../layers/index.js';
import type { Tf } from './port.js';

const WASM = 'wasm';

interface ConvolutionGradient {
  readonly strides: number | readonly [number, number];
  readonly pad: 'valid' | 'same';
  readonly filterShape: readonly [number, number, number, number];
}

interface PoolingGradient {
  readonly filterSize: number | readonly [number, number];
  readonly strides: number | readonly [number, number];
  readonly pad: 'valid' | 'same';
}

interface Product {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Gradients that the WebAssembly backend of TensorFlow.js 4.22 has no kernels for, composed of those it has; and products with a
 *  transposed factor, which every gradient of a dense layer is, by its fast product. */
export function registerMissingKernels(tf: Tf): void {
  if (tf.getKernel('Conv2DBackpropFilter', WASM) === undefined) {
    tf.registerKernel({
      kernelName: 'Conv2DBackpropFilter',
      backendName: WASM,
      kernelFunc: ({ inputs, attrs }) =>
        filterGradient(tf, inputs.x as Tensor4D, inputs.dy as Tensor4D, attrs as unknown as ConvolutionGradient),
    });
  }
  if (tf.getKernel('UnsortedSegmentSum', WASM) === undefined) {
    tf.registerKernel({
      kernelName: 'UnsortedSegmentSum',
      backendName: WASM,
      kernelFunc: ({ inputs, attrs }) =>
        segmentSums(tf, inputs.x as Tensor, inputs.segmentIds as Tensor1D, attrs!.numSegments as number),
    });
  }
  // Its own is wrong where windows overlap over a padded edge.
  tf.unregisterKernel('MaxPoolGrad', WASM);
  tf.registerKernel({
    kernelName: 'MaxPoolGrad',
    backendName: WASM,
    kernelFunc: ({ inputs, attrs }) =>
      poolingGradient(tf, inputs.input as Tensor4D, inputs.dy as Tensor4D, attrs as unknown as PoolingGradient),
  });
  const product = tf.getKernel('BatchMatMul', WASM);
  if (product === undefined || hurried.has(product.kernelFunc)) return;
  const { kernelFunc: plain } = product;
  const fast: typeof plain = (call) => {
    const { transposeA, transposeB } = call.attrs as unknown as Product;
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    if ((!transposeA && !transposeB) || a.rank === undefined) return plain(call);
    return tf.tidy(() => {
      const inputs = { a: transposeA ? transposed(tf, a) : a, b: transposeB ? transposed(tf, b) : b };
      return tf.matMul(inputs.a, inputs.b);
    });
  };
  hurried.add(fast);
  tf.unregisterKernel('BatchMatMul', WASM);
  tf.registerKernel({ ...product, kernelFunc: fast });
}

/** Products that were replaced already, so that none is twice. */
const hurried = new WeakSet<object>();

function transposed(tf: Tf, x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** dW[h, w, i, o] = Σ_b,y,x input[b, s·y + h, s·x + w, i]·dy[b, y, x, o], as one product: [H·W·I, B·Y·X]·[B·Y·X, O]. */
function filterGradient(tf: Tf, x: Tensor4D, dy: Tensor4D, { strides, pad, filterShape }: ConvolutionGradient): Tensor {
  const [B, height, width, I] = x.shape;
  const [, Y, X, O] = dy.shape;
  const [H, W] = filterShape;
  const [down, across] = pairOf(strides);
  const [top, bottom] = paddingOf(height, H, down, Y, pad);
  const [left, right] = paddingOf(width, W, across, X, pad);
  return tf.tidy(() => {
    const channels = tf.transpose(x, [3, 0, 1, 2]);
    const padded = tf.pad(channels, [
      [0, 0],
      [0, 0],
      [top, bottom],
      [left, right],
    ]);
    const seen: Tensor[] = [];
    for (let h = 0; h < H; h++) {
      for (let w = 0; w < W; w++) {
        const end = [I, B, h + (Y - 1) * down + 1, w + (X - 1) * across + 1];
        seen.push(tf.reshape(tf.stridedSlice(padded, [0, 0, h, w], end, [1, 1, down, across]), [I, B * Y * X]));
      }
    }
    const product = tf.matMul(tf.concat(seen, 0) as Tensor, tf.reshape(dy, [B * Y * X, O]));
    return tf.reshape(product, [...filterShape]);
  });
}

/** Each output's gradient goes to the first greatest input of its window. */
function poolingGradient(tf: Tf, x: Tensor4D, dy: Tensor4D, { filterSize, strides, pad }: PoolingGradient): Tensor {
  const [B, height, width, C] = x.shape;
  const [, Y, X] = dy.shape;
  const [H, W] = pairOf(filterSize);
  const [down, across] = pairOf(strides);
  const [top] = paddingOf(height, H, down, Y, pad);
  const [left] = paddingOf(width, W, across, X, pad);
  const values = x.dataSync<'float32'>();
  const gradients = dy.dataSync<'float32'>();
  const dx = new Float32Array(values.length);
  for (let b = 0; b < B; b++) {
    for (let y = 0; y < Y; y++) {
      const [firstRow, endRow] = [Math.max(0, y * down - top), Math.min(height, y * down - top + H)];
      for (let xx = 0; xx < X; xx++) {
        const [firstColumn, endColumn] = [Math.max(0, xx * across - left), Math.min(width, xx * across - left + W)];
        for (let c = 0; c < C; c++) {
          let greatest = -1;
          for (let row = firstRow; row < endRow; row++) {
            for (let column = firstColumn; column < endColumn; column++) {
              const at = ((b * height + row) * width + column) * C + c;
              if (greatest < 0 || values[at]! > values[greatest]!) greatest = at;
            }
          }
          dx[greatest]! += gradients[((b * Y + y) * X + xx) * C + c]!;
        }
      }
    }
  }
  return tf.tensor(dx, x.shape);
}

/** Sums of the rows of x that have the same number, row after row. */
function segmentSums(tf: Tf, x: Tensor, segmentIds: Tensor1D, segments: number): Tensor {
  const width = x.size / x.shape[0]!;
  const values = x.dataSync<'float32'>();
  const sums = new Float32Array(segments * width);
  for (const [row, segment] of segmentIds.dataSync<'int32'>().entries()) {
    for (let k = 0; k < width; k++) sums[segment * width + k]! += values[row * width + k]!;
  }
  return tf.tensor(sums, [segments, ...x.shape.slice(1)]);
}
