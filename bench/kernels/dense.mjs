/** Question: how fast are our dense kernels, forward and forward + backward + Adam, of a tanh network in → h → h → 2, and how near
 *  do their products come to the machine's peak?
 *  Rivals, in the same run: the native kernels at each vector width, the plain TypeScript form of the same kernels, TensorFlow.js on
 *  its WASM backend; for the products also a probe of unfused multiply-add in registers (parts/peak.c, where a C compiler is) and
 *  the libraries NumPy, PyTorch and TensorFlow multiply with, which fuse.
 *
 *    npm run build && node bench/kernels/dense.mjs [--repetitions 5] [--ms 250] [--rows 128] [--rivals wasm,native,plain,tfjs-wasm]
 *      [--python python3] [--json <file>]
 *
 *  All on core 0; engines take turns, round by round, and `ms` is what one cell takes in all rounds. GFLOP/s counts 2 per
 *  multiply-add, the product of each layer once for forward and three times for a training step; bias, activation and Adam are in
 *  the time but not in the count. Results are medians of the rounds. A share of the peak is a product's median over the probe's of
 *  the same vector width (WebAssembly: 128 bits): the probe's windows are so short that company hardly lowers it, while it lowers
 *  products, so measure where nothing else runs. Compare within one run only. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import {
  createNativeKernels,
  createPlainKernels,
  createWasmKernels,
  nativeVectorWidths,
} from '../../dist/src/kernels/index.js';
import { canPin, PIN, PYTHON, REPETITIONS } from '../training/parts/processes.mjs';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';
import { summary } from '../training/parts/statistics.mjs';
import { loadTensorFlow, OUTPUTS, onKernels, onTensorFlow } from './parts/dense-networks.mjs';
import { compilePeakProbe, productLibraries } from './parts/peak.mjs';

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: REPETITIONS },
    ms: { type: 'string', default: '250' },
    rows: { type: 'string', default: '128' },
    rivals: { type: 'string', default: 'wasm,native,plain,tfjs-wasm' },
    python: { type: 'string', default: PYTHON },
    pinned: { type: 'boolean', default: false },
    json: { type: 'string', default: 'bench/results/kernels-dense.json' },
  },
});
// This process itself is to stay on one core, so it starts again, pinned.
if (canPin && !options.pinned) {
  const command = ['-c', '0', process.execPath, ...process.argv.slice(1), '--pinned'];
  process.exit(spawnSync(PIN, command, { stdio: 'inherit' }).status ?? 1);
}
const ROUNDS = Number(options.repetitions);
const BUDGET_MS = Number(options.ms) / ROUNDS;
const ROWS = Number(options.rows);
const SHAPES = [
  [32, 8, 64],
  [256, 8, 64],
  [1024, 8, 64],
  [8192, 8, 64],
  [1024, 8, 128],
  [8192, 32, 256],
];
/** Large enough that packing is free: what a library is proud of. */
const LARGE = [1024, 1024, 1024];
/** No sample is shorter, so that the clock is fine enough. */
const SAMPLE_MS = 2;

/** How many calls make a sample. */
function callsPerSample(act) {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let j = 0; j < calls; j++) act();
    if (performance.now() - start >= SAMPLE_MS) return calls;
  }
}

/** Milliseconds of one call, of each sample of one round. */
function measure(act, calls) {
  const samples = [];
  const end = performance.now() + BUDGET_MS;
  while (performance.now() < end || samples.length === 0) {
    const start = performance.now();
    for (let j = 0; j < calls; j++) act();
    samples.push((performance.now() - start) / calls);
  }
  return samples;
}

const wasm = createWasmKernels();
const plain = createPlainKernels();
const makers = {
  wasm: (shape) => onKernels(wasm, shape, ROWS),
  plain: (shape) => onKernels(plain, shape, ROWS),
};
/** Bits of each engine's vectors. */
const bits = { wasm: 128 };
// The native kernels at every vector width of this processor: native-128, native-256, native-512.
const widths = widthsHere().map((width) => [`native-${32 * width}`, width]);
for (const [name, vectorWidth] of widths) {
  const native = createNativeKernels({ vectorWidth });
  makers[name] = (shape) => onKernels(native, shape, ROWS);
  bits[name] = 32 * vectorWidth;
}
const rivals = options.rivals.split(',').flatMap((name) => (name === 'native' ? widths.map(([each]) => each) : [name]));
if (rivals.includes('tfjs-wasm')) {
  const tf = await loadTensorFlow();
  makers['tfjs-wasm'] = (shape) => onTensorFlow(tf, shape);
}

const KINDS = ['product', 'forward', 'train'];
const probe = compilePeakProbe();
if (probe === null) console.log('No C compiler here: the peak of multiply-add is not measured.');
const libraries = productLibraries(options.python);
const results = [];
const peaks = [];
console.log(
  'batch  in  hidden | engine     | product GF/s (best) | forward ms  GF/s | step ms  (min … max)  GF/s | step vs wasm',
);
for (const shape of SHAPES) {
  const [B, I, H] = shape;
  const multiplyAdds = I * H + H * H + H * OUTPUTS;
  const work = { product: 2 * B * H * H, forward: 2 * B * multiplyAdds, train: 6 * B * multiplyAdds };
  if (probe !== null) peaks.push(await probe.measure());
  const contest = [];
  for (const engine of rivals) {
    const network = makers[engine](shape);
    // Compiled code replaces the first, slower version in the background; measure the one that stays.
    const cells = KINDS.filter((kind) => network[kind] !== undefined).map((kind) => ({
      kind,
      calls: callsPerSample(network[kind]),
      rounds: [],
      best: Infinity,
    }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const cell of cells) if (cell.calls > 1) cell.calls = callsPerSample(network[cell.kind]);
    contest.push({ engine, network, cells });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { network, cells } of contest) {
      for (const cell of cells) {
        // One call of a slow engine may take longer than the cell should in all.
        if (round > 0 && cell.calls === 1 && cell.best > options.ms) continue;
        const samples = summary(measure(network[cell.kind], cell.calls));
        cell.rounds.push(samples.median);
        cell.best = Math.min(cell.best, samples.min);
      }
    }
  }
  const base = contest.find(({ engine }) => engine === 'wasm');
  const stepOf = ({ cells }) => summary(cells.find(({ kind }) => kind === 'train').rounds).median;
  for (const contestant of contest) {
    const { engine, network, cells } = contestant;
    network.dispose();
    const result = { batch: B, inputs: I, hidden: H, engine };
    for (const { kind, rounds, best } of cells) {
      const times = summary(rounds);
      result[kind] = { ...times, gflops: work[kind] / times.median / 1e6, bestGflops: work[kind] / best / 1e6 };
    }
    results.push(result);
    const { product, forward, train } = result;
    console.log(
      `${place(shape)} | ${engine.padEnd(10)} | ` +
        `${(product === undefined ? '' : `${product.gflops.toFixed(1)} (${product.bestGflops.toFixed(1)})`).padStart(19)} | ` +
        `${forward.median.toFixed(4).padStart(10)} ${forward.gflops.toFixed(1).padStart(5)} | ` +
        `${train.median.toFixed(4)} (${train.min.toFixed(4)} … ${train.max.toFixed(4)}) ${train.gflops.toFixed(1).padStart(5)} | ` +
        `${base === undefined ? '' : `${(train.median / stepOf(base)).toFixed(1)} ×`}`,
    );
  }
  const size = [Math.min(ROWS, B), H, H];
  for (const library of libraries) await tellLibrary(library, size, place(shape));
}
for (const library of libraries) await tellLibrary(library, LARGE, LARGE.join(' × '));
probe?.dispose();

if (peaks.length > 0) {
  console.log(
    '\n| vectors | peak of multiply-add, GFLOP/s: median | best | share of the peak, median of shapes (least … greatest) |',
  );
  console.log('|---|---|---|---|');
}
const figures = [];
for (const width of Object.keys(peaks[0] ?? {})) {
  const found = peaks.map((peak) => peak[width]);
  const peak = summary(found.map(({ median }) => median)).median;
  const best = Math.max(...found.map(({ max }) => max));
  const shares = Object.keys(bits)
    .filter((engine) => bits[engine] === Number(width) && rivals.includes(engine))
    .map((engine) => {
      const own = results.filter((one) => one.engine === engine);
      for (const one of own) one.shareOfPeak = one.product.gflops / peak;
      const share = summary(own.map(({ shareOfPeak }) => shareOfPeak));
      const { median, min, max } = share;
      figures.push({ what: `products of ${engine}, share of the peak of ${width} bits`, value: median, min, max });
      return `${engine} ${percent(median)} (${percent(min)} … ${percent(max)})`;
    });
  console.log(`| ${width} bits | ${peak.toFixed(1)} | ${best.toFixed(1)} | ${shares.join(', ')} |`);
}
const ofEngine = (name) => results.filter(({ engine }) => engine === name);
if (ofEngine('native-128').length > 0 && ofEngine('wasm').length > 0) {
  const ratios = ofEngine('wasm').map((one, i) => one.product.gflops / ofEngine('native-128')[i].product.gflops);
  const { median, min, max } = summary(ratios);
  figures.push({ what: 'product of wasm over that of C with 128 bits', value: median, min, max });
  console.log(
    `\nWebAssembly's products over those of C with the same 128 bits: ${median.toFixed(2)} × (${min.toFixed(2)} … ${max.toFixed(2)})`,
  );
}
const report = {
  bench: 'kernels/dense',
  ...circumstances(),
  pinned: canPin,
  rowsPerCall: ROWS,
  unit: 'milliseconds per call',
  figures,
  peaks,
  results,
};
writeResult(options.json, toJson(report));

async function tellLibrary({ id, title, measure: run }, size, where) {
  const gflops = await run(...size);
  results.push({ engine: id, title, size, product: { gflops: gflops.median, bestGflops: gflops.max, ...gflops } });
  console.log(
    `${where.padEnd(17)} | ${id.padEnd(10)} | ${`${gflops.median.toFixed(1)} (${gflops.max.toFixed(1)})`.padStart(19)} | ${size.join(' × ')}, fused`,
  );
}

function widthsHere() {
  try {
    return nativeVectorWidths();
  } catch (error) {
    console.log(error.message);
    return [];
  }
}

function place([B, I, H]) {
  return `${String(B).padStart(5)} ${String(I).padStart(3)} ${String(H).padStart(7)}`;
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}
