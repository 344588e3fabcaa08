/** Question: how many bytes is an agentStep in flight: in the block that an actor fills, on the wire, in Redis, and in the learner's
 *  memory, and are these what the capacity model computes from the shape? Real batches of several games; needs no cores of its own,
 *  for bytes are the same on a busy machine. Exits with 1 where a block is not as long as computed, or where Redis or the learner
 *  hold more than the allowance beyond it, or less.
 *
 *    npm run build && node bench/fleet/bytes.mjs [--batches 8] [--json <file>]
 *
 *  computed: numbers of the tensors, without alignment: per agentStep 4 bytes for each number of observation (T + 1 rows of it),
 *  action, log-probability of each level and reward, one for each of the mask, 2 per instance and step for its ends, shared by the
 *  agents, and the final observations of ended episodes. Redis: MEMORY USAGE of the job's keys, with `batches` batches held. Learner:
 *  growth of the array buffers of this process when it has read and decoded as many. */

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { algorithmCatalog } from '../../dist/src/algorithms/index.js';
import { systemClock } from '../../dist/src/base/index.js';
import { createEnvironmentCatalog, environmentCatalog } from '../../dist/src/envs/index.js';
import { HEADER } from '../../dist/src/experience/index.js';
import { resolveJobSpec } from '../../dist/src/jobs/index.js';
import { planJob } from '../../dist/src/training/plan.js';
import { Workbench } from '../../dist/src/training/workbench.js';
import { createTrajectoryCodec, encodeShardState } from '../../dist/src/wire/index.js';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';
import { startServer } from './parts/fleet.mjs';

const { values: options } = parseArgs({
  options: {
    batches: { type: 'string', default: '8' },
    json: { type: 'string', default: 'bench/results/fleet-bytes.json' },
  },
});
const BATCHES = Number(options.batches);
if (!(Number.isInteger(BATCHES) && BATCHES >= 1))
  throw new Error(`--batches ${options.batches} is no number of batches`);
/** Frames of the wire are small beside tensors, and so is what a process has besides. The allocator of Redis has four sizes per power
 *  of two, so it rounds up an entry, which is a batch and the shard state after it, by a quarter at most. */
const ALLOWANCE = { wire: 1.05, redis: 1.26, learner: 1.05 };
const LEAST = 0.99;
const median = (agents, history) => ({ id: 'median-v1', options: { agents, history } });
const WORK = [
  { title: 'median game, 3 agents, observation 1', env: median(3, 1), instances: 64, horizon: 128 },
  { title: 'median game, 3 agents, observation 8', env: median(3, 8), instances: 64, horizon: 128 },
  { title: 'median game, 30 agents, observation 1', env: median(30, 1), instances: 64, horizon: 128 },
  { title: 'median game, 300 agents, observation 1', env: median(300, 1), instances: 16, horizon: 32 },
  { title: 'cartpole', env: { id: 'cartpole-v1' }, instances: 64, horizon: 128 },
  { title: 'simple-spread, 3 agents', env: { id: 'simple-spread-v1' }, instances: 64, horizon: 32 },
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const { signal } = new AbortController();

/** Bytes of the numbers of a batch with so many final observations. */
function computedBytes({ horizon: T, instances: B, rewardHeads: H, globalStateSize: G, agents }, finals) {
  const steps = T * B;
  const ofAgent = ({ observationSize: F, actionSize: A, maskSize: M, levelCount: L = 1, stateSize: S = 0 }) =>
    4 * ((T + 1) * B * F + steps * (A + L + H) + B * S + finals * F) + (T + 1) * B * M;
  const shared = 2 * steps + 4 * finals + 4 * G * ((T + 1) * B + finals);
  return shared + agents.reduce((sum, agent) => sum + ofAgent(agent), 0);
}

async function collect({ title, env, instances, horizon }) {
  const spec = resolveJobSpec(
    { env, algorithm: { id: 'ppo' }, rollout: { shards: 1, envsPerShard: instances, horizon } },
    { environments: environmentCatalog, algorithms: algorithmCatalog },
  );
  const plan = planJob(title, spec, createEnvironmentCatalog([]));
  const workbench = new Workbench(systemClock);
  await workbench.open({ jobId: title, spec, environmentModules: [] });
  const parts = plan.units.flatMap((_, unit) => {
    const { state, layout } = workbench.run(title, 'initialize', { unit });
    return layout.acting.map((part) => ({ ...part, tensors: state.tensors }));
  });
  parts.sort((a, b) => a.policy - b.policy);
  const weights = Buffer.concat(
    parts.map(({ tensors, offset, count }) => tensors.subarray(4 * offset, 4 * (offset + count))),
  );
  const request = { shard: 0, version: 0, weights };
  const first = workbench.run(title, 'collect', { ...request, k: 0, state: null });
  const { batch, state } = workbench.run(title, 'collect', { ...request, k: 1, state: first.state });
  workbench.close(title);
  return { plan, batch, state };
}

/** Bytes of one of the batches that Redis and this process hold, and of the shard state beside it. */
async function hold({ broker, redis }, jobId, layout, batch, state) {
  const codec = createTrajectoryCodec(layout);
  const wire = Buffer.from(codec.encode(batch));
  const epoch = await broker.trajectories.open(jobId, [{ k: 0, state: null }], BATCHES);
  const empty = await keyBytes(redis, jobId);
  for (let k = 0; k < BATCHES; k++) {
    const committed = { batch: wire, state: Buffer.from(encodeShardState({ shard: 0, k: k + 1, state })) };
    const outcome = await broker.trajectories.commit({ jobId, shard: 0, k, version: 0, epoch }, committed);
    if (outcome !== 'ok') throw new Error(`a commit was refused: ${outcome}`);
  }
  const held = (await keyBytes(redis, jobId)) - empty;
  // Once for what the codec and the client keep for themselves.
  await readAll(broker, jobId, codec);
  const before = await arrayBuffers();
  const decoded = await readAll(broker, jobId, codec);
  const learner = (await arrayBuffers()) - before;
  if (decoded.some((block) => Buffer.compare(block, batch) !== 0)) throw new Error('a batch was not decoded as it was');
  await broker.trajectories.close(jobId);
  await broker.jobs.remove(jobId);
  return { wire: wire.length, redis: held / BATCHES, learner: learner / BATCHES };
}

async function readAll(broker, jobId, codec) {
  const blocks = [];
  for (let k = 0; k < BATCHES; k++) {
    const entry = await broker.trajectories.read(jobId, 0, k, signal);
    blocks.push(codec.decode(entry.batch));
    entry.free?.();
  }
  return blocks;
}

/** Bytes of this process's array buffers, when collecting garbage frees no more: the engine gives them back in the background. */
async function arrayBuffers() {
  for (let last = -1, same = 0; ; ) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { arrayBuffers: now } = process.memoryUsage();
    same = now === last ? same + 1 : 0;
    if (same === 3) return now;
    last = now;
  }
}

async function keyBytes(redis, jobId) {
  const keys = await redis.keys(`*{${jobId}}*`);
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', '0')));
  return sizes.reduce((sum, size) => sum + (size ?? 0), 0);
}

const server = await startServer();
const results = [];
let beyond = 0;
try {
  console.log(
    '| bytes per agentStep | computed | block | wire | Redis | learner | shard state, bytes per agent and instance |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const [w, work] of WORK.entries()) {
    const { plan, batch, state } = await collect(work);
    const { layout } = plan;
    const { horizon, instances, agents } = layout.shape;
    const agentSteps = horizon * instances * agents.length;
    const finals = new Int32Array(batch.buffer, batch.byteOffset, 16)[HEADER.finals];
    const computed = computedBytes(layout.shape, finals);
    const found = await hold(server, `bytes-${w}`, layout, batch, state);
    const bytes = { computed, block: batch.byteLength, ...found };
    const expected = { wire: computed, redis: found.wire + state.byteLength, learner: batch.byteLength };
    // Less than its numbers are no batch.
    const faults = Object.entries(ALLOWANCE).filter(
      ([hop, allowance]) => bytes[hop] > allowance * expected[hop] || bytes[hop] < LEAST * computed,
    );
    if (batch.byteLength !== layout.totalBytes(finals)) faults.push(['block']);
    beyond += faults.length;
    const per = Object.fromEntries(Object.entries(bytes).map(([hop, size]) => [hop, size / agentSteps]));
    const stateBytes = state.byteLength / (instances * agents.length);
    results.push({ ...work, agents: agents.length, agentSteps, finals, bytes, bytesPerAgentStep: per, stateBytes });
    const cells = Object.values(per).map((size) => size.toFixed(2));
    console.log(
      `| ${work.title} | ${cells.join(' | ')} | ${stateBytes.toFixed(1)} |${faults.map(([hop]) => ` ${hop} BEYOND`).join('')}`,
    );
  }
} finally {
  await server.stop();
}
const figures = results.map(({ title, bytesPerAgentStep: { computed, redis } }) => ({
  what: `${title}: bytes per agentStep in Redis over those computed`,
  value: redis / computed,
}));
writeResult(options.json, toJson({ bench: 'fleet/bytes', ...circumstances(), batches: BATCHES, figures, results }));
process.exitCode = beyond === 0 ? 0 : 1;
