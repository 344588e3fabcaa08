/** Question: what does a batch cost at every hop of a fleet, and does the capacity model of docs/scaling.md say so? Many tiny actors
 *  (real ones, but for collecting, which takes no time), a real Redis and the real schedule. Costs are fitted to four points with
 *  few actors, and what they predict of many is held against what is measured there.
 *
 *    npm run build && node bench/fleet/capacity.mjs [--actors 50,100,200] [--iterations 30] [--json <file>]
 *    node bench/fleet/capacity.mjs --fit [--repetitions 3]
 *    node bench/fleet/capacity.mjs --plan '{"agents":30,"observationSize":18,"actionSize":2,"instances":64,"horizon":128,"shards":16,
 *      "parameters":5000}' --rate 500000 --collect 1.5 --update 8
 *
 *  Costs are processor time, which other programs disturb less than rates. The second form measures the four points alone, each so many
 *  times in turn, takes the median of each, and prints `MEASURED` as capacity-model.mjs has it, with the load that it was measured at:
 *  to be put there on a machine that does nothing else. The third form asks the model alone, of a job or a list of
 *  jobs: how many actor slots, learner processes and Redis shards, for `--rate` agentSteps/s of each, where collecting and updating take so many microseconds
 *  per agentStep. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BufferPool } from '../../dist/src/training/index.js';
import { LockstepSchedule } from '../../dist/src/training/lockstep.js';
import { createWiredBroker } from '../../dist/src/training/wired-broker.js';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { bytesOf, MEASURED, microsecondsOf, plan, redisShards } from './parts/capacity-model.mjs';
import { field, startServer } from './parts/fleet.mjs';
import { layoutOf } from './parts/simulated-job.mjs';

const { values: options } = parseArgs({
  options: {
    actors: { type: 'string', default: '50,100,200' },
    iterations: { type: 'string', default: '30' },
    json: { type: 'string', default: 'bench/results/fleet-capacity.json' },
    plan: { type: 'string' },
    fit: { type: 'boolean', default: false },
    repetitions: { type: 'string', default: '3' },
    rate: { type: 'string', default: '100000' },
    collect: { type: 'string', default: '1' },
    update: { type: 'string', default: '5' },
  },
});
if (options.plan !== undefined) {
  const costs = { ...MEASURED, collect: Number(options.collect), update: Number(options.update) };
  const plans = [JSON.parse(options.plan)].flat().map((job) => plan(job, costs, Number(options.rate)));
  console.log(JSON.stringify({ jobs: plans, redisShards: redisShards(plans) }, null, 2));
  process.exit(0);
}

const ITERATIONS = Number(options.iterations);
const WARM = 15;
const PROCESSES = 4;
const TINY_ACTORS = fileURLToPath(new URL('./parts/tiny-actors.mjs', import.meta.url));
const shape = (actors, instances, horizon, more = {}) => ({
  agents: 3,
  observationSize: 4,
  actionSize: 1,
  parameters: 100,
  ...more,
  instances,
  horizon,
  actors,
  shards: actors,
});
/** Few and more actors, large batches, large weights. */
const FITTED = [shape(4, 4, 8), shape(24, 4, 8), shape(8, 64, 128), shape(8, 4, 8, { parameters: 40_000 })];
const PREDICTED = options.actors
  .split(',')
  .map(Number)
  .flatMap((actors) => [
    shape(actors, 8, 32),
    shape(actors, 32, 64),
    shape(actors, 8, 32, { agents: 10, parameters: 5000 }),
  ]);

/** Microseconds of one iteration at every hop, and the bytes that Redis received and sent in it. */
async function measure({ url, broker, redis }, jobId, job) {
  const description = layoutOf({ shape: job });
  const wired = createWiredBroker(broker, {
    layoutOf: async () => description,
    buffers: new BufferPool(2 * job.shards),
  });
  const epoch = await wired.trajectories.open(jobId, new Array(job.shards).fill({ k: 0, state: null }), 2);
  const weights = new Uint8Array(new SharedArrayBuffer(bytesOf(job).weights));
  await wired.weights.publish(jobId, 0, epoch, weights);
  const count = Math.min(PROCESSES, job.actors);
  const children = Array.from({ length: count }, (_, p) => {
    const actors = Math.floor(job.actors / count) + (p < job.actors % count ? 1 : 0);
    return fork(TINY_ACTORS, [JSON.stringify({ url, actors, shape: job })]);
  });
  const ended = Promise.all(children.map((child) => once(child, 'exit')));
  const schedule = new LockstepSchedule(
    wired,
    { jobId, epoch, shards: job.shards, lag: 1, start: 0, end: ITERATIONS + WARM },
    0,
  );
  const stop = new AbortController();
  ended.then(() => schedule.fail(new Error('the actors ended while they were waited for')));
  schedule.run(stop.signal);
  const meters = async () => {
    const asked = children.map(async (child) => {
      const answer = once(child, 'message');
      child.send('cpu');
      return (await answer)[0];
    });
    const actors = (await Promise.all(asked)).reduce((sum, cpu) => sum + cpu, 0);
    const { user, system } = process.cpuUsage();
    const stats = await redis.info('stats');
    return {
      actors,
      learner: user + system,
      redis: redisMicroseconds(await redis.info('cpu')),
      bytesIn: Number(field(stats, 'total_net_input_bytes')),
      bytesOut: Number(field(stats, 'total_net_output_bytes')),
      at: performance.now(),
    };
  };
  let before;
  try {
    for (let k = 0; k < ITERATIONS + WARM; k++) {
      if (k === WARM) before = await meters();
      await schedule.take(k);
      await wired.weights.publish(jobId, k + 1, epoch, weights);
      await wired.trajectories.release(jobId, k + 1, epoch);
      schedule.publish(k + 1);
      await wired.weights.prune(jobId, k, epoch);
    }
    const after = await meters();
    const each = (name) => (after[name] - before[name]) / ITERATIONS;
    return Object.fromEntries(
      ['actors', 'redis', 'learner', 'bytesIn', 'bytesOut', 'at'].map((name) => [name, each(name)]),
    );
  } finally {
    stop.abort();
    for (const child of children) child.disconnect();
    await ended;
    await wired.tasks.withdraw(jobId, epoch);
    await wired.trajectories.close(jobId);
    await wired.weights.prune(jobId, Number.MAX_SAFE_INTEGER);
  }
}

/** Of the main thread and those that read and write for it. */
const redisMicroseconds = (info) => 1e6 * (Number(field(info, 'used_cpu_user')) + Number(field(info, 'used_cpu_sys')));

/** Costs such that the model gives what was measured at the four points. */
function fitCosts(points) {
  const [few, more, large, heavy] = points;
  const hop = (name) => {
    /** Of a batch with its bytes and the weights that are fetched for it, at the small points. */
    const each = (more.measured[name] - few.measured[name]) / (more.job.shards - few.job.shards);
    const iteration = Math.max(0, few.measured[name] - few.job.shards * each);
    const [small, larger, heavier] = [few, large, heavy].map(({ job }) => bytesOf(job));
    const beyond = (point) => Math.max(0, point.measured[name] - iteration - point.job.shards * each);
    const byte = beyond(large) / (large.job.shards * (larger.batch - small.batch));
    const weightByte = beyond(heavy) / (heavier.weights - small.weights);
    const costs = { iteration, batch: each - small.batch * byte, byte, fetchedByte: 0, publishedByte: 0 };
    // The learner publishes weights once; actors, and Redis for them, fetch them once each.
    if (name === 'learner') return { ...costs, publishedByte: weightByte };
    return { ...costs, fetchedByte: weightByte / heavy.job.actors };
  };
  return { actor: hop('actors'), redis: hop('redis'), learner: hop('learner') };
}

/** The same point measured several times: of each figure the median. */
function medianPoint(points) {
  const names = Object.keys(points[0].measured);
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const measured = names.map((name) => [name, median(points.map((point) => point.measured[name]))]);
  return { job: points[0].job, measured: Object.fromEntries(measured) };
}

/** As capacity-model.mjs has them. */
function printConstants(costs, points) {
  const loads = points.map(({ load }) => Number(load));
  const times = points.length / FITTED.length;
  const digits = (cost) => Number(cost.toPrecision(3));
  console.log(
    `// Medians of ${times}, ${ITERATIONS} iterations each, at a load of ${Math.min(...loads)} to ${Math.max(...loads)}.`,
  );
  console.log('export const MEASURED = {');
  for (const [hop, cost] of Object.entries(costs)) {
    const fields = Object.entries(cost).map(([name, value]) => `${name}: ${digits(value)}`);
    console.log(`  ${hop}: { ${fields.join(', ')} },`);
  }
  console.log('};');
}

const server = await startServer();
const run = async (job, j) => ({ job, measured: await measure(server, `capacity-${j}`, job), load: loadAverage() });
try {
  if (options.fit) {
    const repetitions = Number(options.repetitions);
    if (!Number.isInteger(repetitions) || repetitions < 1)
      throw new Error(`--repetitions is ${options.repetitions}; give a whole number from 1`);
    const rounds = FITTED.map(() => []);
    for (let r = 0; r < repetitions; r++) {
      for (const [j, job] of FITTED.entries()) rounds[j].push(await run(job, `fitted-${j}-${r}`));
    }
    printConstants(fitCosts(rounds.map(medianPoint)), rounds.flat());
    await server.stop();
    process.exit(0);
  }
  const fitted = [];
  for (const [j, job] of FITTED.entries()) fitted.push(await run(job, `fitted-${j}`));
  const costs = fitCosts(fitted);
  console.log('costs, microseconds of processor time');
  console.log('| hop | per iteration | per batch | per kB of a batch | per kB of weights fetched | published |');
  console.log('|---|---|---|---|---|---|');
  for (const [hop, { iteration, batch, byte, fetchedByte, publishedByte }] of Object.entries(costs)) {
    const kilo = [byte, fetchedByte, publishedByte].map((cost) => (1000 * cost).toFixed(2));
    console.log(`| ${hop} | ${iteration.toFixed(0)} | ${batch.toFixed(0)} | ${kilo.join(' | ')} |`);
  }
  console.log('\nmicroseconds of processor time per batch, predicted / measured; kB of Redis in and out per batch');
  console.log('| actors | agents × instances × steps | actors | Redis | learner | in | out | batches/s | load |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  const cells = [];
  for (const [j, job] of PREDICTED.entries()) {
    const { measured, load } = await run(job, `predicted-${j}`);
    const predicted = microsecondsOf(job, { ...costs, collect: 0, update: 0 });
    const bytes = bytesOf(job);
    cells.push({ job, predicted: { ...predicted, bytesIn: bytes.redisIn, bytesOut: bytes.redisOut }, measured, load });
    const pair = (expected, found, unit = 1) =>
      `${(expected / job.shards / unit).toFixed(unit === 1 ? 0 : 1)} / ${(found / job.shards / unit).toFixed(unit === 1 ? 0 : 1)}`;
    console.log(
      `| ${job.actors} | ${job.agents} × ${job.instances} × ${job.horizon} | ${pair(predicted.actors, measured.actors)} | ${pair(predicted.redis, measured.redis)} | ${pair(predicted.learner, measured.learner)} | ${pair(bytes.redisIn, measured.bytesIn, 1000)} | ${pair(bytes.redisOut, measured.bytesOut, 1000)} | ${Math.round((1000 * job.shards) / measured.at)} | ${load} |`,
    );
  }
  writeResult(
    options.json,
    toJson({ bench: 'fleet/capacity', ...circumstances(), iterations: ITERATIONS, costs, fitted, cells }),
  );
} finally {
  await server.stop();
}
