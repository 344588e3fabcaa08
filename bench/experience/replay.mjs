/** Question: how many transitions per second does a replay take in, and give out for updates, evenly or by priority?
 *  Rivals, in the same run: drawing by running sums, built anew for every minibatch, in place of the sum tree (places
 *  and new weights only, no columns), and copying the columns once.
 *
 *    npm run build && node bench/experience/replay.mjs [--json <file>] [--ms <budget of one cell>] [--observation 8]
 *
 *  A transition is observation, action, reward, discount and next observation. `insert` takes batches of 2,048; `draw` is indices and
 *  all columns of 256; with priorities it is the correction and the new priority too. Seconds are those of the
 *  processor that this process had, so that what else runs counts little; results are medians over rounds. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../dist/src/base/index.js';
import { createReplayMemory, Replay } from '../../dist/src/experience/index.js';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string', default: 'bench/results/experience-replay.json' },
    ms: { type: 'string', default: '600' },
    observation: { type: 'string', default: '8' },
    capacities: { type: 'string', default: '10000,100000,1000000' },
  },
});
const BUDGET_MS = Number(options.ms);
const F = Number(options.observation);
const INSERTED = 2048;
const DRAWN = 256;
const fields = [
  { name: 'observation', dtype: 'f32', width: F },
  { name: 'action', dtype: 'f32', width: 1 },
  { name: 'reward', dtype: 'f32', width: 1 },
  { name: 'discount', dtype: 'f32', width: 1 },
  { name: 'nextObservation', dtype: 'f32', width: F },
];
const columns = fields.map(({ width }) => new Float32Array(INSERTED * width).fill(0.5));
const targets = fields.map(({ width }) => new Float32Array(DRAWN * width));
const indices = new Int32Array(DRAWN);
const corrections = new Float32Array(DRAWN);
const priorities = new Float32Array(DRAWN);
const random = new RandomStream(1, 'bench');

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Median of transitions per CPU second over rounds of at least 20 ms, within the budget. */
function measure(transitions, work) {
  const rates = [];
  const end = cpuMs() + BUDGET_MS;
  for (let calls = 1; cpuMs() < end || rates.length < 3; ) {
    const start = cpuMs();
    for (let k = 0; k < calls; k++) work();
    const ms = cpuMs() - start;
    if (ms < 20) calls *= 2;
    else rates.push((calls * transitions * 1000) / ms);
  }
  rates.sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)];
}

function gatherAll(replay) {
  for (const [i, { name }] of fields.entries()) replay.gather(name, indices, DRAWN, targets[i]);
}

function measureReplay(capacity, prioritized) {
  const spec = { capacity, fields, prioritized };
  const replay = new Replay(spec, createReplayMemory(spec));
  const insert = () => replay.insert(columns, INSERTED);
  while (replay.size < capacity) insert();
  const result = { insert: measure(INSERTED, insert) };
  if (!prioritized) {
    result.draw = measure(DRAWN, () => {
      replay.sampleUniform(random, indices, DRAWN);
      gatherAll(replay);
    });
    return result;
  }
  result.draw = measure(DRAWN, () => {
    replay.samplePrioritized(random, 0.5, indices, corrections, DRAWN);
    gatherAll(replay);
    for (let r = 0; r < DRAWN; r++) priorities[r] = random.uniform() + 1e-3;
    replay.setPriorities(indices, priorities, DRAWN, 0.6);
  });
  return result;
}

/** The rival: running sums, found by bisection, built anew after every update of priorities. */
function measureScan(capacity) {
  const weights = new Float64Array(capacity).fill(1);
  const sums = new Float64Array(capacity);
  return measure(DRAWN, () => {
    let sum = 0;
    for (let i = 0; i < capacity; i++) sums[i] = sum += weights[i];
    for (let r = 0; r < DRAWN; r++) {
      const target = ((r + random.uniformF64()) / DRAWN) * sum;
      let low = 0;
      for (let high = capacity - 1; low < high; ) {
        const middle = (low + high) >> 1;
        if (sums[middle] > target) high = middle;
        else low = middle + 1;
      }
      indices[r] = low;
    }
    for (let r = 0; r < DRAWN; r++) weights[indices[r]] = random.uniform() + 1e-3;
  });
}

const copy = measure(INSERTED, () => {
  for (const column of columns) column.slice();
});
const results = options.capacities.split(',').map((text) => {
  const capacity = Number(text);
  const [even, byPriority] = [measureReplay(capacity, false), measureReplay(capacity, true)];
  return { capacity, even, byPriority, scanDraw: measureScan(capacity) };
});

const million = (rate) => `${(rate / 1e6).toFixed(2)} M/s`.padStart(12);
console.log(
  `observation width ${F}; transitions per CPU second, medians; copying the columns once: ${million(copy).trim()}`,
);
console.log('  capacity      insert        draw | by priority: insert  draw + update   (running sums)');
for (const { capacity, even, byPriority, scanDraw } of results) {
  const left = `${String(capacity).padStart(10)}${million(even.insert)}${million(even.draw)}`;
  console.log(`${left} |         ${million(byPriority.insert)}   ${million(byPriority.draw)}     ${million(scanDraw)}`);
}
if (options.json !== '') {
  mkdirSync(dirname(options.json), { recursive: true });
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = { node: process.version, cpu: cpus()[0]?.model, load: loadavg() };
  writeFileSync(options.json, JSON.stringify({ commit, machine, observation: F, copy, results }, undefined, 2));
}
