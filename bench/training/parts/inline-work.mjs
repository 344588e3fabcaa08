/** Collecting alone, or collecting and updating, in this one thread and without schedule, broker or events: what the work itself
 *  takes. Not a benchmark by itself: others start it, pinned. The last line it prints is one JSON object.
 *
 *    node bench/training/parts/inline-work.mjs '{"job":{…},"update":true,"seconds":2}'
 *
 *  job: a spec of one shard; update: whether every batch is learned from too. `agentStepsPerSecond` is a summary over the
 *  iterations of `seconds`, after a warm-up of `warmSeconds`; after `restartEvery` iterations it begins with the first weights
 *  again, for a rule that diverges; `microsecondsPerAgentStep` is the split, each part the median of its iterations. */
import { algorithmCatalog } from '../../../dist/src/algorithms/index.js';
import { systemClock } from '../../../dist/src/base/index.js';
import { createEnvironmentCatalog, environmentCatalog } from '../../../dist/src/envs/index.js';
import { resolveJobSpec } from '../../../dist/src/jobs/index.js';
import { planJob } from '../../../dist/src/training/plan.js';
import { Workbench } from '../../../dist/src/training/workbench.js';
import { summary } from './statistics.mjs';

const { job, update, seconds, warmSeconds, restartEvery } = {
  seconds: 2,
  warmSeconds: 0.5,
  restartEvery: Infinity,
  ...JSON.parse(process.argv[2]),
};
const LEAST_ITERATIONS = 5;
const JOB = 'work';
const spec = resolveJobSpec(job, { environments: environmentCatalog, algorithms: algorithmCatalog });
if (spec.rollout.shards !== 1) throw new Error(`one shard is collected here, but the job has ${spec.rollout.shards}`);
const plan = planJob(JOB, spec, createEnvironmentCatalog([]));
const workbench = new Workbench(systemClock);
await workbench.open({ jobId: JOB, spec, environmentModules: [] });
const units = plan.units.map((_, unit) => workbench.run(JOB, 'initialize', { unit }));
const firstStates = units.map((unit) => unit.state);
/** Two memories of each unit's state, which take turns, as in the learner. */
const memories = units.map(({ state }) =>
  [0, 1].map(() => new SharedArrayBuffer(Math.max(1, state.tensors.byteLength))),
);
const parts = units.flatMap(({ layout }, unit) => layout.acting.map((part) => ({ unit, ...part })));
parts.sort((a, b) => a.policy - b.policy);
const weights = new Float32Array(parts.reduce((sum, { count }) => sum + count, 0));
const weightBytes = new Uint8Array(weights.buffer);
const agentStepsOfOne = plan.layout.shape.agents.length * plan.layout.shape.horizon * plan.layout.shape.instances;
const split = { environment: 0, policy: 0, transfer: 0, update: 0 };

function takeWeights() {
  let at = 0;
  for (const { unit, offset, count } of parts) {
    const { buffer, byteOffset } = units[unit].state.tensors;
    weights.set(new Float32Array(buffer, byteOffset + 4 * offset, count), at);
    at += count;
  }
}

let k = 0;
let state = null;
let target;
takeWeights();
function iterate() {
  if (k === restartEvery) {
    k = 0;
    state = null;
    for (const [unit, own] of units.entries()) own.state = firstStates[unit];
    takeWeights();
  }
  const collected = workbench.run(JOB, 'collect', {
    shard: 0,
    k,
    version: update ? k : 0,
    weights: weightBytes,
    state,
    ...(target === undefined ? {} : { target }),
  });
  state = collected.state;
  if (collected.batch.buffer instanceof SharedArrayBuffer) target = collected.batch.buffer;
  for (const part of ['environment', 'policy', 'transfer']) split[part] += collected.seconds[part];
  if (update) {
    const requests = units.map((own, unit) => ({
      unit,
      iteration: k,
      state: own.state,
      batches: [collected.batch],
      weights: weightBytes,
      target: memories[unit][k % 2],
    }));
    for (const [unit, found] of workbench.run(JOB, 'update', requests).entries()) {
      units[unit].state = found.state;
      split.transfer += found.seconds.transfer;
      split.update += found.seconds.update;
    }
    takeWeights();
  }
  k++;
}

const rates = [];
const splits = { environment: [], policy: [], transfer: [], update: [] };
let begun = performance.now();
let previous = begun;
let warm = false;
for (;;) {
  iterate();
  const now = performance.now();
  if (warm) rates.push((1000 * agentStepsOfOne) / (now - previous));
  for (const part of Object.keys(split)) {
    if (warm) splits[part].push((1e6 * split[part]) / agentStepsOfOne);
    split[part] = 0;
  }
  previous = now;
  const elapsed = (now - begun) / 1000;
  if (!warm && elapsed >= warmSeconds) {
    begun = now;
    warm = true;
  } else if (warm && elapsed >= seconds && rates.length >= LEAST_ITERATIONS) break;
}
const microsecondsPerAgentStep = Object.fromEntries(
  Object.entries(splits).map(([part, spent]) => [part, summary(spent).median]),
);
console.log(JSON.stringify({ agentStepsPerSecond: summary(rates), microsecondsPerAgentStep }));
process.exit(0);
