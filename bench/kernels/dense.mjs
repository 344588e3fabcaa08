/** Question: how fast are our dense kernels, forward and forward + backward + Adam, of a tanh network in → h → h → 2?
 *  Rivals, in the same run: the native kernels at each vector width, the plain TypeScript form of the same kernels, and TensorFlow.js on its WASM backend.
 *
 *    npm run build && node bench/kernels/dense.mjs [--json <file>] [--ms <budget of one cell>] [--rows <rows per call>]
 *
 *  GFLOP/s counts 2 per multiply-add, the product of each layer once for forward and three times for a training step; bias,
 *  activation and Adam are in the time but not in the count. Results are medians; compare ratios within one run only. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createNativeKernels,
  createPlainKernels,
  createWasmKernels,
  nativeVectorWidths,
} from '../../dist/src/kernels/index.js';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    ms: { type: 'string', default: '250' },
    rows: { type: 'string', default: '128' },
    rivals: { type: 'string', default: 'wasm,native,plain,tfjs-wasm' },
  },
});
const BUDGET_MS = Number(options.ms);
const ROWS = Number(options.rows);
const SHAPES = [
  [32, 8, 64],
  [256, 8, 64],
  [1024, 8, 64],
  [8192, 8, 64],
  [1024, 8, 128],
  [8192, 32, 256],
];
const OUTPUTS = 2;
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

/** The network on our kernels; the batch is walked in `ROWS` rows, so that activations stay in the cache. */
function onKernels(kernels, [B, I, H]) {
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
  const rows = Math.min(ROWS, B);
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
function onTensorFlow(tf, [B, I, H]) {
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

async function loadTensorFlow() {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs');
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  await tf.setBackend('wasm');
  await tf.ready();
  return tf;
}

/** Milliseconds of one call: { repetitions, min, median, max } over samples of at least 2 ms each. */
function measure(act) {
  let calls = 1;
  for (;;) {
    const start = performance.now();
    for (let j = 0; j < calls; j++) act();
    if (performance.now() - start >= 2) break;
    calls *= 2;
  }
  const samples = [];
  const end = performance.now() + BUDGET_MS;
  while (performance.now() < end || samples.length < 3) {
    const start = performance.now();
    for (let j = 0; j < calls; j++) act();
    samples.push((performance.now() - start) / calls);
  }
  samples.sort((a, b) => a - b);
  return {
    repetitions: samples.length * calls,
    min: samples[0],
    median: samples[samples.length >> 1],
    max: samples[samples.length - 1],
  };
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'none';
  }
}

const wasm = createWasmKernels();
const plain = createPlainKernels();
const makers = {
  wasm: (shape) => onKernels(wasm, shape),
  plain: (shape) => onKernels(plain, shape),
};
// The native kernels at every vector width of this processor: native-128, native-256, native-512.
const widths = nativeVectorWidths().map((width) => [`native-${32 * width}`, width]);
for (const [name, vectorWidth] of widths) {
  const native = createNativeKernels({ vectorWidth });
  makers[name] = (shape) => onKernels(native, shape);
}
const rivals = options.rivals.split(',').flatMap((name) => (name === 'native' ? widths.map(([each]) => each) : [name]));
if (rivals.includes('tfjs-wasm')) {
  const tf = await loadTensorFlow();
  makers['tfjs-wasm'] = (shape) => onTensorFlow(tf, shape);
}

const results = [];
console.log(
  'batch  in  hidden | engine    | product GF/s | forward ms  GF/s | step ms  (min … max)  GF/s | step vs wasm',
);
for (const shape of SHAPES) {
  const [B, I, H] = shape;
  const flops = 2 * B * (I * H + H * H + H * OUTPUTS);
  let ours = 0;
  for (const engine of rivals) {
    const network = makers[engine](shape);
    // Compiled code replaces the first, slower version in the background; measure the one that stays.
    measure(network.train);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const product = network.product === undefined ? null : measure(network.product);
    const forward = measure(network.forward);
    const train = measure(network.train);
    network.dispose();
    if (engine === 'wasm') ours = train.median;
    const rate = (work, time) => work / time / 1e6;
    results.push({
      batch: B,
      inputs: I,
      hidden: H,
      engine,
      product: product && { ...product, gflops: rate(2 * B * H * H, product.median) },
      forward: { ...forward, gflops: rate(flops, forward.median) },
      train: { ...train, gflops: rate(3 * flops, train.median) },
    });
    const r = results.at(-1);
    console.log(
      `${String(B).padStart(5)} ${String(I).padStart(3)} ${String(H).padStart(7)} | ${engine.padEnd(9)} | ` +
        `${(product === null ? '' : r.product.gflops.toFixed(1)).padStart(12)} | ` +
        `${forward.median.toFixed(4).padStart(10)} ${r.forward.gflops.toFixed(1).padStart(5)} | ` +
        `${train.median.toFixed(4)} (${train.min.toFixed(4)} … ${train.max.toFixed(4)}) ${r.train.gflops.toFixed(1).padStart(5)} | ` +
        `${ours === 0 ? '' : `${(train.median / ours).toFixed(1)} ×`}`,
    );
  }
}
const report = {
  bench: 'kernels/dense',
  commit: commit(),
  node: process.version,
  processor: cpus()[0]?.model ?? 'unknown',
  rowsPerCall: ROWS,
  unit: 'milliseconds per call',
  results,
};
if (options.json === undefined) {
  console.log(JSON.stringify(report));
} else {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
