/** Question: what does credit per level change, beside one advantage of all reward heads added up: the curve, where it ends, and
 *  the noise of each level's gradient? The game enter-offer-v1, as examples/enter-offer.json trains it (networks of their own for
 *  entry and price), strictly on-policy.
 *
 *    npm run build && node bench/training/credit.mjs [--entry-cost 0.04] [--seeds 3] [--iterations 400] [--batches 200]
 *      [--json <file>]
 *
 *  Curves: expected profit of the policies' modes, over a grid of costs and exact in the buyer's value, as a share of the optimum;
 *  the mean over seeds. With shared credit the entropy bonus cannot differ by level: both have --shared-entropy then.
 *  Gradients: at policies of the first decoupled run, after 0, a tenth and all of its iterations. Both credits get the same
 *  batches, each with a critic that was fitted to that policy beforehand; advantages normalized, as in training. A gradient is
 *  read off one step of plain gradient descent with step size 1. signal = |E g|, noise = √tr Cov g of one batch; `angle` lies between
 *  the mean gradients of both credits. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { algorithmCatalog } from '../../dist/src/algorithms/index.js';
import { systemClock } from '../../dist/src/base/index.js';
import { environmentCatalog } from '../../dist/src/envs/index.js';
import { resolveJobSpec } from '../../dist/src/jobs/index.js';
import { createWasmKernels } from '../../dist/src/kernels/index.js';
import { ActingPolicies } from '../../dist/src/training/acting.js';
import { planJob } from '../../dist/src/training/plan.js';
import { Workbench } from '../../dist/src/training/workbench.js';
import { circumstances, toJson, writeResult } from './parts/report.mjs';

const { values: options } = parseArgs({
  options: {
    'entry-cost': { type: 'string', default: '0.04' },
    'shared-entropy': { type: 'string', default: '0.02' },
    seeds: { type: 'string', default: '3' },
    iterations: { type: 'string', default: '400' },
    batches: { type: 'string', default: '200' },
    json: { type: 'string', default: 'bench/results/training-credit.json' },
  },
});
const F = Number(options['entry-cost']);
const iterations = Number(options.iterations);
const batches = Number(options.batches);
const OPTIMUM = 1 / 12 - F + (4 / 3) * F ** 1.5;
const CREDITS = ['decoupled', 'shared'];
const COSTS = 1000;
const CURVE_POINTS = 16;
const FITTING_UPDATES = 100;

const example = JSON.parse(readFileSync(new URL('../../examples/enter-offer.json', import.meta.url), 'utf8'));
const kernels = createWasmKernels();
const workbench = new Workbench(systemClock);

/** The job of a credit, with other algorithm options where given. */
function specOf(credit, seed, more = {}) {
  const { levels, ...common } = example.algorithm.options;
  const shared = {
    credit: 'shared',
    entropyCoefficient: Number(options['shared-entropy']),
    levels: { price: { learningRate: levels.price.learningRate } },
  };
  const own = credit === 'shared' ? shared : { levels };
  const input = {
    ...example,
    seed,
    env: { id: 'enter-offer-v1', options: { entryCost: F } },
    algorithm: { id: 'ppo', options: { ...common, ...own, ...more } },
    stop: { iterations },
  };
  return resolveJobSpec(input, { environments: environmentCatalog, algorithms: algorithmCatalog });
}

async function open(jobId, spec) {
  await workbench.open({ jobId, spec, environmentModules: [] });
  return workbench.run(jobId, 'initialize', { unit: 0 });
}

const floats = ({ tensors }, from, count) => new Float32Array(tensors.buffer, tensors.byteOffset + 4 * from, count);
const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The shards of one job, collected one after the other with given weights. */
function createShards(jobId, count) {
  const states = new Array(count).fill(null);
  return (k, weights) =>
    states.map((state, shard) => {
      const result = workbench.run(jobId, 'collect', { shard, k, version: k, weights, state });
      states[shard] = result.state;
      return result.batch;
    });
}

/** Expected profit of the modes as a share of the optimum, and the share of costs at which they enter. */
function createProbe(spec) {
  const acting = new ActingPolicies(kernels, planJob('probe', spec, environmentCatalog));
  const { policy, parameters } = acting.ofAgent[0];
  const costs = kernels.f32(COSTS);
  for (let i = 0; i < COSTS; i++) costs[i] = (i + 0.5) / COSTS;
  const actions = kernels.f32(2 * COSTS);
  const probe = (weights) => {
    acting.load(weights);
    policy.actMode(parameters, costs, new Uint8Array(0), actions, COSTS);
    let profit = 0;
    let entered = 0;
    for (let i = 0; i < COSTS; i++) {
      if (actions[2 * i] === 0) continue;
      const price = actions[2 * i + 1];
      entered++;
      profit += (price - costs[i]) * Math.max(0, 1 - price) - F;
    }
    return { value: profit / COSTS / OPTIMUM, threshold: entered / COSTS };
  };
  return { probe, groups: policy.parameterGroups };
}

/** Trains on-policy; tells every policy's place on the curve, and keeps the acting weights of some iterations. */
async function trainOne(credit, seed, keep) {
  const jobId = `train-${credit}-${seed}`;
  const spec = specOf(credit, seed);
  let { state, layout } = await open(jobId, spec);
  const { probe } = createProbe(spec);
  const collect = createShards(jobId, spec.rollout.shards);
  const every = Math.max(1, Math.round(iterations / CURVE_POINTS));
  const curve = [];
  const kept = new Map();
  for (let k = 0; k <= iterations; k++) {
    const weights = bytesOf(floats(state, 0, layout.acting[0].count).slice());
    if (k % every === 0 || k === iterations) curve.push({ iteration: k, ...probe(weights) });
    if (keep.includes(k)) kept.set(k, weights);
    if (k === iterations) break;
    const request = { unit: 0, iteration: k, state, weights, batches: collect(k, weights) };
    [{ state }] = workbench.run(jobId, 'update', [request]);
  }
  workbench.close(jobId);
  return { curve, kept };
}

/** Parameters of one credit at a given policy: the policy's, then a critic's that was fitted to it. */
async function fitCritic(credit, weights) {
  const jobId = `fit-${credit}`;
  const spec = specOf(credit, 1);
  let { state, layout } = await open(jobId, spec);
  const collect = createShards(jobId, spec.rollout.shards);
  const policy = new Float32Array(weights.buffer, weights.byteOffset, layout.acting[0].count);
  for (let k = 0; k < FITTING_UPDATES; k++) {
    floats(state, 0, policy.length).set(policy);
    const request = { unit: 0, iteration: k, state, weights, batches: collect(k, weights) };
    [{ state }] = workbench.run(jobId, 'update', [request]);
  }
  const parameters = floats(state, 0, layout.tensors[0].shape[0]).slice();
  parameters.set(policy);
  workbench.close(jobId);
  return parameters;
}

/** Mean and summed variance of each level's gradient over many batches, under both credits. */
async function measureGradients(weights) {
  const plain = {
    learningRate: 1,
    optimizer: { kind: 'sgd' },
    maxGradientNorm: 1e9,
    epochs: 1,
    minibatches: 1,
    levels: {},
    entropyCoefficient: 0,
  };
  const learners = [];
  for (const credit of CREDITS) {
    const parameters = await fitCritic(credit, weights);
    await open(`gradient-${credit}`, specOf(credit, 1, plain));
    learners.push({
      credit,
      parameters,
      sum: new Float64Array(parameters.length),
      squares: new Float64Array(parameters.length),
    });
  }
  const spec = specOf('decoupled', 1, plain);
  const collect = createShards('gradient-decoupled', spec.rollout.shards);
  for (let k = 0; k < batches; k++) {
    const collected = collect(k, weights);
    for (const { credit, parameters, sum, squares } of learners) {
      const tensors = new Float32Array(new SharedArrayBuffer(8 * parameters.length));
      tensors.set(parameters);
      const state = { tensors: bytesOf(tensors), counters: { optimizerSteps: 0 }, replay: null };
      const request = { unit: 0, iteration: k, state, weights, batches: collected };
      const [next] = workbench.run(`gradient-${credit}`, 'update', [request]);
      const after = floats(next.state, 0, parameters.length);
      for (let i = 0; i < parameters.length; i++) {
        const gradient = parameters[i] - after[i];
        sum[i] += gradient;
        squares[i] += gradient * gradient;
      }
    }
  }
  for (const credit of CREDITS) workbench.close(`gradient-${credit}`);
  return createProbe(spec).groups.map(({ name, offset, count }) => {
    let dot = 0;
    const rows = learners.map(({ credit, sum, squares }) => {
      let length = 0;
      let variance = 0;
      for (let i = offset; i < offset + count; i++) {
        const own = Math.max(0, squares[i] - (sum[i] * sum[i]) / batches) / (batches - 1);
        variance += own;
        length += (sum[i] / batches) ** 2 - own / batches;
      }
      return { credit, signal: Math.sqrt(Math.max(0, length)), noise: Math.sqrt(variance) };
    });
    for (let i = offset; i < offset + count; i++) dot += (learners[0].sum[i] * learners[1].sum[i]) / batches ** 2;
    const lengths = learners.map(({ sum }) => Math.hypot(...sum.subarray(offset, offset + count)) / batches);
    const angle = (Math.acos(Math.min(1, Math.max(-1, dot / (lengths[0] * lengths[1])))) * 180) / Math.PI;
    return { level: name, rows, angle };
  });
}

const stages = [0, Math.round(iterations / 10), iterations];
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const runs = new Map();
for (const credit of CREDITS) {
  runs.set(credit, []);
  for (const seed of seeds) {
    runs.get(credit).push(await trainOne(credit, seed, stages));
    console.error(`trained: ${credit}, seed ${seed}`);
  }
}

const { shards, envsPerShard, horizon } = example.rollout;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const curves = runs.get('decoupled')[0].curve.map(({ iteration }, i) => ({
  iteration,
  agentSteps: iteration * shards * envsPerShard * horizon,
  ...Object.fromEntries(
    CREDITS.map((credit) => [
      credit,
      {
        value: mean(runs.get(credit).map(({ curve }) => curve[i].value)),
        threshold: mean(runs.get(credit).map(({ curve }) => curve[i].threshold)),
      },
    ]),
  ),
}));
const share = (value) => value.toFixed(3);
console.log(
  `\nF = ${F}: value of the modes, as a share of the optimum ${OPTIMUM.toFixed(4)}; share of costs that enter`,
);
console.log('| agentSteps | decoupled | shared | enters, decoupled | enters, shared |\n|---|---|---|---|---|');
for (const { agentSteps, decoupled, shared } of curves) {
  const cells = [decoupled.value, shared.value, decoupled.threshold, shared.threshold].map(share);
  console.log(`| ${(agentSteps / 1e6).toFixed(2)} M | ${cells.join(' | ')} |`);
}

const gradients = [];
console.log(`\nGradients of a batch of ${shards * envsPerShard * horizon}, over ${batches} batches at the same policy`);
console.log('| after | level | credit | signal | noise | noise / signal | angle |\n|---|---|---|---|---|---|---|');
for (const stage of stages) {
  const levels = await measureGradients(runs.get('decoupled')[0].kept.get(stage));
  gradients.push({ iteration: stage, levels });
  for (const { level, rows, angle } of levels) {
    for (const { credit, signal, noise } of rows) {
      const ratio = signal > 0 ? (noise / signal).toFixed(2) : '–';
      console.log(
        `| ${stage} | ${level} | ${credit} | ${signal.toExponential(2)} | ${noise.toExponential(2)} | ${ratio} | ${angle.toFixed(0)}° |`,
      );
    }
  }
}
writeResult(
  options.json,
  toJson({
    bench: 'training/credit',
    ...circumstances(),
    entryCost: F,
    seeds,
    optimum: OPTIMUM,
    curves,
    batches,
    gradients,
  }),
);
