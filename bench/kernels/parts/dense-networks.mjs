import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const OUTPUTS = 2;
const ADAM = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decayMode: 'coupled' };

/** Reproducible values in [−0.5, 0.5). */
function fill(array, seed, scale = 1) {
  let state = seed;
  for (let j = 0; j < array.length; j++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    array[j] = (state / 4294967296 - 0.5) * scale;
  }
  return array;
}

/** The network in → h → h → 2 on our kernels; the batch is walked in `rowsPerCall` rows, so that activations stay in the cache. */
export function onKernels(kernels, [B, I, H], rowsPerCall) {
  const sizes = [I * H, H, H * H, H, H * OUTPUTS, OUTPUTS];
  const P = sizes.reduce((sum, size) => sum + size);
  const [parameters, gradients, mean, variance] = [0, 0, 0, 0].map(() => kernels.f32(P));
  const cut = (array) => {
    let offset = 0;
    return sizes.map((size) => {
      offset += size;
      return kernels.view(array, offset - size, size);
    });
  };
  fill(parameters, 1, 0.5);
  const [w1, b1, w2, b2, w3, b3] = cut(parameters);
  const [dW1, dB1, dW2, dB2, dW3, dB3] = cut(gradients);
  const input = fill(kernels.f32(B * I), 2);
  const slopes = fill(kernels.f32(B * OUTPUTS), 3);
  const rows = Math.min(rowsPerCall, B);
  const parts = [];
  for (let b = 0; b < B; b += rows) {
    const n = Math.min(rows, B - b);
    parts.push({ n, x: kernels.view(input, b * I, n * I), d: kernels.view(slopes, b * OUTPUTS, n * OUTPUTS) });
  }
  const [h1, h2, dH1, dH2] = [0, 0, 0, 0].map(() => kernels.f32(rows * H));
  const [y, dY] = [0, 0].map(() => kernels.f32(rows * OUTPUTS));
  const step = { ...ADAM, step: 0 };
  const forwardPart = ({ n, x }) => {
    kernels.denseForward(x, w1, b1, h1, n, I, H, 'tanh');
    kernels.denseForward(h1, w2, b2, h2, n, H, H, 'tanh');
    kernels.denseForward(h2, w3, b3, y, n, H, OUTPUTS, 'none');
  };
  return {
    forward() {
      for (const part of parts) forwardPart(part);
    },
    train() {
      gradients.fill(0);
      for (const part of parts) {
        const { n, x, d } = part;
        forwardPart(part);
        dY.set(d);
        kernels.denseBackward(h2, w3, y, dY, dH2, dW3, dB3, n, H, OUTPUTS, 'none');
        kernels.denseBackward(h1, w2, h2, dH2, dH1, dW2, dB2, n, H, H, 'tanh');
        kernels.denseBackward(x, w1, h1, dH1, null, dW1, dB1, n, I, H, 'tanh');
      }
      step.step += 1;
      kernels.adam(parameters, gradients, mean, variance, P, step);
    },
    product() {
      for (const { n } of parts) kernels.denseForward(h1, w2, b2, h2, n, H, H, 'none');
    },
    dispose() {
      for (const array of [parameters, gradients, mean, variance, input, slopes, h1, h2, dH1, dH2, y, dY])
        kernels.free(array);
    },
  };
}

/** The same network in TensorFlow.js; the loss has the same slopes with respect to the outputs. */
export function onTensorFlow(tf, [B, I, H]) {
  const variable = (rows, columns, seed) =>
    tf.variable(tf.tensor(fill(new Float32Array(rows * columns), seed, 0.5), columns === 0 ? [rows] : [rows, columns]));
  const vector = (n) => tf.variable(tf.zeros([n]));
  const layers = [
    [variable(I, H, 1), vector(H)],
    [variable(H, H, 2), vector(H)],
    [variable(H, OUTPUTS, 3), vector(OUTPUTS)],
  ];
  const x = tf.tensor2d(fill(new Float32Array(B * I), 4), [B, I]);
  const slopes = tf.tensor2d(fill(new Float32Array(B * OUTPUTS), 5), [B, OUTPUTS]);
  const optimizer = tf.train.adam(ADAM.learningRate);
  const network = () =>
    layers.reduce((h, [w, bias], l) => {
      const product = tf.add(tf.matMul(h, w), bias);
      return l < 2 ? tf.tanh(product) : product;
    }, x);
  return {
    forward: () => tf.tidy(() => void network().dataSync()),
    train: () => tf.tidy(() => void optimizer.minimize(() => tf.sum(tf.mul(network(), slopes)), true).dataSync()),
    dispose: () => tf.dispose([x, slopes, ...layers.flat()]),
  };
}

export async function loadTensorFlow() {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs');
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  await tf.setBackend('wasm');
  await tf.ready();
  return tf;
}
