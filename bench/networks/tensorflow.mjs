/** Question: from which size on is a network faster on TensorFlow.js than on our kernels?
 *
 *    npm run build && node bench/networks/tensorflow.mjs [--json <file>] [--ms <budget of one cell>]
 *
 *  Milliseconds of one update (forward, backward, Adam on the kernels) of a tanh network in → h → h → 2, whose rows go through in
 *  blocks of 256, as in training, for the same spec made by every engine; and of a small convolutional network and a GRU, which TensorFlow.js
 *  has on its native and WebAssembly backends. Medians of one run, with the least and the most; compare ratios only. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../dist/src/base/index.js';
import { createKernels } from '../../dist/src/kernels/index.js';
import { createNetwork } from '../../dist/src/networks/index.js';
import { attachTensorflow, loadTensorflow } from '../../dist/src/networks/tensorflow/index.js';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string', default: 'bench/results/networks-tensorflow.json' },
    ms: { type: 'string', default: '1500' },
  },
});
const BUDGET_MS = Number(options.ms);
const MAX_ROWS = 256;
const ADAM = { learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decayMode: 'coupled' };

const common = { activation: 'tanh', initialization: 'xavierUniform' };
const mlp = (B, I, H) => ({
  name: `mlp ${B} × ${I} → ${H} → ${H} → 2`,
  rows: B,
  inputSize: I,
  spec: { ...common, kind: 'mlp', hidden: [H, H] },
});
const NETWORKS = [
  mlp(32, 8, 64),
  mlp(256, 8, 64),
  mlp(1024, 8, 64),
  mlp(1024, 8, 128),
  mlp(1024, 32, 256),
  mlp(1024, 64, 512),
  mlp(1024, 64, 1024),
  {
    name: 'conv 256 × [7, 7, 3] → 16 of 3 × 3 → 64 → 2',
    rows: 256,
    inputSize: 147,
    spec: {
      ...common,
      kind: 'layers',
      hidden: [],
      inputs: { picture: { offset: 0, shape: [7, 7, 3] } },
      layers: [{ type: 'conv2d', filters: 16, kernelSize: 3 }, { type: 'flatten' }, { type: 'dense', units: 64 }],
    },
  },
  {
    name: 'gru 8 sequences of 32 steps × 8 → 64 → 2',
    rows: 256,
    steps: 32,
    inputSize: 8,
    spec: { ...common, kind: 'mlp', hidden: [], recurrent: { kind: 'gru', size: 64 } },
  },
];

async function engines() {
  const found = [['kernels, WebAssembly', createKernels('wasm')]];
  try {
    found.push(['kernels, native', createKernels('native')]);
  } catch (error) {
    console.error(`no native kernels: ${error.message}`);
  }
  for (const backend of ['native', 'wasm']) {
    try {
      const kernels = createKernels('auto');
      attachTensorflow(kernels, await loadTensorflow(backend), true);
      found.push([`TensorFlow.js, ${backend}`, kernels]);
    } catch (error) {
      console.error(`no TensorFlow.js on ${backend}: ${error.message}`);
    }
  }
  return found;
}

/** One update of all rows. */
function updating(kernels, { rows, steps, inputSize, spec }) {
  const network = createNetwork(kernels, spec, { inputSize, outputSize: 2, maxRows: MAX_ROWS, outputGain: 1 });
  const P = network.parameterCount;
  const [parameters, gradients, mean, variance] = [0, 0, 0, 0].map(() => kernels.f32(P));
  network.initialize(parameters, new RandomStream(1, 'bench'));
  const block = Math.min(rows, MAX_ROWS);
  const random = new RandomStream(2, 'bench');
  const [input, target, dOutput] = [block * inputSize, block * 2, block * 2].map((n) => kernels.f32(n));
  for (const array of [input, target]) for (let j = 0; j < array.length; j++) array[j] = random.normal() / rows;
  const state = kernels.f32(block * Math.max(1, network.stateSize));
  const sequences = steps === undefined ? undefined : { steps, state, starts: null };
  let step = 0;
  const update = () => {
    gradients.fill(0);
    for (let first = 0; first < rows; first += block) {
      state.fill(0);
      network.forward(parameters, input, block, sequences);
      dOutput.set(target);
      network.backward(parameters, input, dOutput, gradients, block);
    }
    kernels.adam(parameters, gradients, mean, variance, P, { ...ADAM, step: ++step });
  };
  return { update, dispose: () => network.dispose() };
}

/** Times of updates; undefined where the engine only acts by such a network. */
function measure(update) {
  try {
    update();
  } catch (error) {
    if (error.code === 'NETWORK_ENGINE_MISSING') return undefined;
    throw error;
  }
  for (let warm = 1; warm < 3; warm++) update();
  const times = [];
  const end = performance.now() + BUDGET_MS;
  while (performance.now() < end || times.length < 5) {
    const start = performance.now();
    update();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { ms: times[times.length >> 1], least: times[0], most: times.at(-1), repetitions: times.length };
}

const digits = (ms) => (ms < 10 ? ms.toFixed(2) : ms.toFixed(1));

const found = await engines();
const rows = [];
for (const network of NETWORKS) {
  const cells = {};
  for (const [name, kernels] of found) {
    const made = updating(kernels, network);
    cells[name] = measure(made.update);
    made.dispose();
  }
  rows.push({ network: network.name, cells });
}

console.log(`\n| network, ms of an update | ${found.map(([name]) => name).join(' | ')} |`);
console.log(`|---|${found.map(() => '---').join('|')}|`);
for (const { network, cells } of rows) {
  const shown = found.map(([name]) => {
    const cell = cells[name];
    return cell === undefined ? '' : `${digits(cell.ms)} (${digits(cell.least)} … ${digits(cell.most)})`;
  });
  console.log(`| ${network} | ${shown.join(' | ')} |`);
}

if (options.json !== '') {
  mkdirSync(dirname(options.json), { recursive: true });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const facts = { commit, node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  writeFileSync(options.json, `${JSON.stringify({ ...facts, rows }, null, 2)}\n`);
}
process.exit(0);
