/** Question: how fast does an exported policy act, through marlin/policy on plain and on WASM kernels, and as an ONNX model in
 *  onnxruntime on one thread?
 *
 *    npm run build && node bench/export/acting.mjs [--json <file>] [--repetitions <n>]
 *
 *  Modes of a policy of CartPole (4 inputs, two hidden layers of 64, 2 choices) and of one that sees pictures (examples/two-rooms.json:
 *  5×5×3, 12 filters of 3×3, a dense layer of 32, 4 choices): observations a second in batches of 1024, and microseconds of one observation
 *  alone. Medians over the repetitions, with the least and the most; compare ratios of one run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { createMemoryCheckpointStore, createWasmKernels, exportPolicies, train } from 'marlin';
import { loadPolicy } from 'marlin/policy';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string', default: 'bench/results/export-acting.json' },
    repetitions: { type: 'string', default: '9' },
  },
});
const REPETITIONS = Number(options.repetitions);
const ROWS = 1024;
const CALLS = 500;

const pictures = JSON.parse(readFileSync(new URL('../../examples/two-rooms.json', import.meta.url), 'utf8'));
const results = [
  ...(await measureAll('dense', { env: { id: 'cartpole-v1' } })),
  ...(await measureAll('pictures', { env: pictures.env, policies: pictures.policies })),
];
for (const { name, rowsPerSecond, microseconds } of results) {
  console.log(`${name}: ${show(rowsPerSecond)} observations/s in batches of ${ROWS}; ${show(microseconds)} µs alone`);
}
if (options.json !== '') {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(
    options.json,
    `${JSON.stringify({ commit, node: process.version, repetitions: REPETITIONS, results }, null, 2)}\n`,
  );
}

/** One policy, on everything that acts by it. */
async function measureAll(what, job) {
  const checkpoints = createMemoryCheckpointStore();
  await train(
    {
      ...job,
      rollout: { shards: 1, envsPerShard: 4, horizon: 4 },
      evaluation: { every: 0, episodes: 1 },
      stop: { iterations: 1 },
    },
    { checkpoints, actors: 0, learners: 0 },
  );
  const { checkpoint } = (await checkpoints.newest()) ?? {};
  const modelOf = (format) => exportPolicies(checkpoint, format, undefined, {})[0].model[0].bytes;
  const file = modelOf('safetensors');
  const session = await InferenceSession.create(modelOf('onnx'), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const measured = [];
  for (const [name, kernels] of [
    ['marlin/policy, plain', undefined],
    ['marlin/policy, wasm', createWasmKernels()],
  ]) {
    const policy = await loadPolicy(file, kernels === undefined ? {} : { kernels });
    const observations = numbers(ROWS * policy.observationSize);
    const one = observations.subarray(0, policy.observationSize);
    const out = new Float32Array(ROWS * policy.actionSize);
    measured.push(
      await measure(
        `${what}: ${name}`,
        () => policy.actBatch(observations, ROWS, { out }),
        () => policy.act(one),
      ),
    );
  }
  const width = (await loadPolicy(file)).observationSize;
  const feed = (rows) => ({ observation: new Tensor('float32', numbers(rows * width), [rows, width]) });
  const [many, single] = [feed(ROWS), feed(1)];
  measured.push(
    await measure(
      `${what}: ONNX, onnxruntime`,
      () => session.run(many),
      () => session.run(single),
    ),
  );
  return measured;
}

async function measure(name, batch, alone) {
  const [rows, calls] = [[], []];
  for (let k = 0; k < 5; k++) await batch();
  for (let k = 0; k < CALLS; k++) await alone();
  for (let r = 0; r < REPETITIONS; r++) {
    let begun = performance.now();
    for (let k = 0; k < 10; k++) await batch();
    rows.push((10 * ROWS * 1000) / (performance.now() - begun));
    begun = performance.now();
    for (let k = 0; k < CALLS; k++) await alone();
    calls.push((1000 * (performance.now() - begun)) / CALLS);
  }
  return { name, rowsPerSecond: spread(rows), microseconds: spread(calls) };
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], least: sorted[0], most: sorted.at(-1) };
}

function show({ median, least, most }) {
  const digits = (value) => (value < 1000 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
  return `${digits(median)} (${digits(least)} to ${digits(most)})`;
}

function numbers(count) {
  return Float32Array.from({ length: count }, (_, k) => ((k * 37) % 19) / 19);
}
