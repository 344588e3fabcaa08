/** Question: does training at full speed hold more and more memory?
 *
 *    npm run build && node bench/training/soak.mjs [--minutes 10] [--hidden 64,64] [--tensorflow native|wasm|cpu]
 *        [--json <file>] [--svg <file>]
 *
 *  Trains the median game with the default threads, evaluating and writing checkpoints as a job does, and samples the whole
 *  process every few seconds: resident memory, live heap of all threads (after a forced collection), array buffers, the
 *  kernels' WebAssembly memory, tensors of TensorFlow.js where the job is computed by it, open handles and files. Growth is the
 *  median of the last fifth of the samples after the first minute less that of the first fifth; slopes are least-squares lines
 *  through all of them. Exits with 1 when anything grows by more than its bound. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFileCheckpointStore, train } from '../../dist/src/index.js';
import { chart } from './parts/chart.mjs';
import { medianJob } from './parts/job.mjs';
import { collectGarbage, PROBE_CHANNEL } from './parts/memory-probe.mjs';
import { circumstances, loadAverage, toJson, writeResult } from './parts/report.mjs';
import { slope, summary } from './parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    interval: { type: 'string', default: '5' },
    hidden: { type: 'string', default: '' },
    tensorflow: { type: 'string', default: '' },
    json: { type: 'string', default: 'bench/results/training-soak.json' },
    svg: { type: 'string', default: 'bench/results/training-soak.svg' },
  },
});
const MINUTES = Number(options.minutes);
/** A short run cannot wait for a whole minute. */
const WARM_MINUTES = Math.min(1, MINUTES / 4);
const MIB = 2 ** 20;

/** What is watched: how much it may grow after the warm-up, and its place in the plot. Resident memory also moves with the
 *  engine's free lists and with pages that the system takes back, so its bound is wider than those of what is alive. */
const WATCHED = {
  rss: { title: 'resident memory of the process', unit: 'MiB', scale: MIB, bound: 16 },
  heap: { title: 'live heap, all threads', unit: 'MiB', scale: MIB, bound: 1 },
  arrayBuffers: { title: 'array buffers outside of the heap, all threads', unit: 'MiB', scale: MIB, bound: 1 },
  kernels: { title: 'WebAssembly memory of the kernels, all threads', unit: 'MiB', scale: MIB, bound: 0 },
  tensors: { title: 'tensors that updates leave behind', unit: '', scale: 1, bound: 0 },
  handles: { title: 'open handles', unit: '', scale: 1, bound: 0 },
  files: { title: 'open files', unit: '', scale: 1, bound: 2 },
};

const threads = new Map();
const channel = new BroadcastChannel(PROBE_CHANNEL);
channel.onmessage = ({ data }) => threads.set(data.threadId, data);

let agentSteps = 0;
let tensors = 0;
const samples = [];
const startMs = performance.now();
let lastMs = startMs;
let lastAgentSteps = 0;

function sample() {
  collectGarbage();
  const now = performance.now();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const total = (name) => [...threads.values()].reduce((sum, thread) => sum + thread[name], 0);
  samples.push({
    minutes: (now - startMs) / 60_000,
    rss,
    heap: heapUsed + total('heapUsed'),
    mainHeap: heapUsed,
    arrayBuffers: arrayBuffers + total('arrayBuffers'),
    kernels: total('kernels'),
    tensors,
    handles: process.getActiveResourcesInfo().length,
    files: openFiles(),
    agentStepsPerSecond: ((agentSteps - lastAgentSteps) / (now - lastMs)) * 1000,
    load: loadAverage(),
  });
  lastMs = now;
  lastAgentSteps = agentSteps;
}

/** 0 where the system does not tell. */
function openFiles() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

const hidden = options.hidden === '' ? [] : options.hidden.split(',').map(Number);
const job = {
  ...medianJob({ hidden, history: 1, shuffle: 'samples', shards: 4, stop: { wallSeconds: 60 * MINUTES } }),
  ...(options.tensorflow === '' ? {} : { engine: 'tensorflow', tensorflow: { backend: options.tensorflow } }),
};
const folder = mkdtempSync(join(tmpdir(), 'marlin-soak-'));
const sampling = setInterval(sample, 1000 * Number(options.interval));
let result;
try {
  result = await train(
    { ...job, evaluation: { every: 50, episodes: 16 }, checkpoint: { every: 50, keep: 3 } },
    {
      checkpoints: createFileCheckpointStore(folder),
      environmentModules: [new URL('./parts/memory-probe.mjs', import.meta.url).href],
      onEvent: (event) => {
        if (event.type !== 'iteration') return;
        agentSteps = event.agentSteps;
        tensors = Math.max(0, ...Object.values(event.policies).map((metrics) => metrics.tensors ?? 0));
      },
    },
  );
} finally {
  clearInterval(sampling);
  channel.close();
  rmSync(folder, { recursive: true, force: true });
}

const warm = samples.filter((one) => one.minutes >= WARM_MINUTES);
if (warm.length < 5) throw new Error(`${warm.length} samples after the first minute are too few; give more --minutes`);
const fifth = Math.floor(warm.length / 5);
const minutes = warm.map((one) => one.minutes);
const growth = {};
let grown = 0;
console.log(`${result.iterations} iterations in ${MINUTES} minutes, ${threads.size} worker threads`);
console.log('after the first minute            |   median | slope per minute |   growth |  bound');
for (const [name, { title, unit, scale, bound }] of Object.entries(WATCHED)) {
  const values = warm.map((one) => one[name] / scale);
  const change = summary(values.slice(-fifth)).median - summary(values.slice(0, fifth)).median;
  const failed = change > bound;
  if (failed) grown++;
  growth[name] = {
    unit,
    median: summary(values).median,
    slopePerMinute: slope(minutes, values),
    growth: change,
    bound,
  };
  const cells = [growth[name].median.toFixed(1), growth[name].slopePerMinute.toFixed(4), change.toFixed(2)];
  console.log(
    `${title.slice(0, 33).padEnd(33)} | ${cells[0].padStart(8)} | ${cells[1].padStart(16)} | ${cells[2].padStart(8)} | ${String(bound).padStart(6)} ${unit}${failed ? '  GROWN' : ''}`,
  );
}
const report = {
  bench: 'training/soak',
  ...circumstances(),
  spec: result.spec,
  iterations: result.iterations,
  agentSteps: result.agentSteps,
  workerThreads: threads.size,
  growth,
  samples,
};
writeResult(options.json, toJson(report));
const panels = Object.entries(WATCHED).map(([name, { title, unit, scale }]) => ({
  title,
  unit,
  values: samples.map((one) => one[name] / scale),
}));
const speed = samples.map((one) => one.agentStepsPerSecond / 1e6);
writeResult(
  options.svg,
  chart({
    title: `${MINUTES} minutes of training at full speed: ${result.iterations.toLocaleString('en-US')} iterations`,
    minutes: samples.map((one) => one.minutes),
    marked: WARM_MINUTES,
    panels: [...panels, { title: 'speed', unit: 'million agentSteps/s', values: speed }],
  }),
);
process.exitCode = grown === 0 ? 0 : 1;
