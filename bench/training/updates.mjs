/** Question: how many samples a second does each learning rule learn from, in one thread? Simple-spread with three agents of one
 *  network shape (2 × 64; observations of 18, 5 choices or 5 numbers), a batch of 8 instances × 32 steps per update; on-policy
 *  rules with their own passes over it, off-policy ones with 32 minibatches of 256 transitions from a replay that is full enough.
 *
 *    npm run build && node bench/training/updates.mjs [--seconds 3] [--repetitions 3] [--only <rule>,…] [--json <file>]
 *
 *  `samples` are rows that went forward and backward through the networks: agent steps × passes, or transitions × agents. All rules
 *  take turns, round by round, on the same machine; the ratio is to ppo in the same run. Rules that learn nothing (fixed, pool) or
 *  one game only (notebook) are left out. Prints a Markdown table. */
import { parseArgs } from 'node:util';
import { algorithmCatalog } from '../../dist/src/algorithms/index.js';
import { systemClock } from '../../dist/src/base/index.js';
import { environmentCatalog } from '../../dist/src/envs/index.js';
import { resolveJobSpec } from '../../dist/src/jobs/index.js';
import { Workbench } from '../../dist/src/training/workbench.js';
import { circumstances, toJson, writeResult } from './parts/report.mjs';
import { summary } from './parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    repetitions: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: 'bench/results/training-updates.json' },
  },
});

const [SHARDS, INSTANCES, STEPS, AGENTS] = [1, 8, 32, 3];
const BATCH = SHARDS * INSTANCES * STEPS;
const [MINIBATCHES, MINIBATCH] = [32, 256];
/** Batches that are inserted before anything is measured. */
const WARM_UP = 24;

const offPolicy = { batchSize: MINIBATCH, updatesPerIteration: MINIBATCHES, learningStarts: MINIBATCH };
const RULES = [
  { id: 'ppo', options: { epochs: 4, minibatches: 4 }, passes: 4 },
  { id: 'reinforce', options: {}, passes: 1 },
  { id: 'a2c', options: {}, passes: 1 },
  { id: 'impala', options: {}, passes: 1 },
  { id: 'mappo', options: { epochs: 4, minibatches: 4 }, passes: 4 },
  ...['dqn', 'vdn', 'qmix'].map((id) => ({ id, options: offPolicy })),
  ...['dqn', 'qmix'].map((id) => ({ id, title: `${id}, prioritized`, options: { ...offPolicy, prioritized: {} } })),
  ...['ddpg', 'td3', 'sac', 'maddpg'].map((id) => ({ id, options: offPolicy, actions: 'continuous' })),
  ...['sac', 'maddpg'].map((id) => ({ id, title: `${id}, discrete`, options: offPolicy })),
];

async function prepare({ id, title = id, options: own, actions = 'discrete', passes }) {
  const spec = resolveJobSpec(
    {
      env: { id: 'simple-spread-v1', options: { actions } },
      algorithm: { id, options: own },
      rollout: { shards: SHARDS, envsPerShard: INSTANCES, horizon: STEPS },
    },
    { environments: environmentCatalog, algorithms: algorithmCatalog },
  );
  const workbench = new Workbench(systemClock);
  await workbench.open({ jobId: title, spec, environmentModules: [] });
  const units = [];
  for (let unit = 0; unit < AGENTS; unit++) {
    try {
      units.push(workbench.run(title, 'initialize', { unit }));
    } catch {
      // Joint rules have one unit of all policies.
      break;
    }
  }
  const acting = new Float32Array(
    units.reduce((sum, { layout }) => sum + layout.acting.reduce((own, { count }) => own + count, 0), 0),
  );
  let at = 0;
  for (const { state, layout } of units) {
    for (const { offset, count } of layout.acting) {
      acting.set(new Float32Array(state.tensors.buffer, state.tensors.byteOffset + 4 * offset, count), at);
      at += count;
    }
  }
  const weights = new Uint8Array(acting.buffer);
  let shardState = null;
  let iteration = 0;
  const batches = [];
  for (let k = 0; k < WARM_UP; k++) {
    const collected = workbench.run(title, 'collect', { shard: 0, k, version: 0, weights, state: shardState });
    shardState = collected.state;
    batches.push(collected.batch);
  }
  const states = units.map(({ state }) => state);
  const update = () => {
    for (const unit of states.keys()) {
      const request = { unit, iteration, state: states[unit], batches: [batches[iteration % WARM_UP]], weights };
      states[unit] = workbench.run(title, 'update', [request])[0].state;
    }
    iteration++;
  };
  for (let k = 0; k < WARM_UP; k++) update();
  const samples = AGENTS * (passes === undefined ? MINIBATCHES * MINIBATCH : BATCH * passes);
  return { title, update, samples, rates: [], milliseconds: [] };
}

const rules = [];
// Ratios are to ppo, which therefore is among them.
const chosen = options.only === '' ? RULES : RULES.filter(({ id }) => ['ppo', ...options.only.split(',')].includes(id));
for (const rule of chosen) rules.push(await prepare(rule));
for (let round = 0; round < Number(options.repetitions); round++) {
  for (const { update, samples, rates, milliseconds } of rules) {
    const begun = systemClock.monotonic();
    let updates = 0;
    let elapsed = 0;
    while (elapsed < 1000 * Number(options.seconds)) {
      update();
      updates++;
      elapsed = systemClock.monotonic() - begun;
    }
    rates.push((1000 * updates * samples) / elapsed);
    milliseconds.push(elapsed / updates);
  }
}

const base = summary(rules[0].rates).median;
const rows = rules.map(({ title, samples, rates, milliseconds }) => ({
  rule: title,
  samplesPerUpdate: samples,
  samplesPerSecond: summary(rates),
  millisecondsPerUpdate: summary(milliseconds).median,
  ratioToPpo: summary(rates).median / base,
}));
console.log('| rule | samples/update | ms/update | thousand samples/s | × ppo |\n|---|---|---|---|---|');
for (const { rule, samplesPerUpdate, samplesPerSecond, millisecondsPerUpdate, ratioToPpo } of rows) {
  const thousands = (samplesPerSecond.median / 1000).toFixed(0);
  const cells = [rule, samplesPerUpdate, millisecondsPerUpdate.toFixed(2), thousands, ratioToPpo.toFixed(2)];
  console.log(`| ${cells.join(' | ')} |`);
}
const figures = rows.map(({ rule, samplesPerSecond: { median, min, max } }) => ({
  what: `${rule}, thousand samples/s`,
  ...{ value: median / 1000, min: min / 1000, max: max / 1000 },
}));
writeResult(options.json, toJson({ circumstances: circumstances(), figures, rows }));
process.exit(0);
