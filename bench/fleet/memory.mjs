/** Question: does Redis hold no more than shards × (lag + 1) batches and lag + 2 versions of the weights while a job runs, and
 *  next to nothing after it? With --minutes: do the processes of a fleet, or Redis, grow over job after job?
 *
 *    npm run build && node bench/fleet/memory.mjs [--iterations 120] [--minutes 0] [--nice 0] [--json <file>] [--svg <file>]
 *
 *  One learner, two actors, linear policies. Every 100 ms: what the job's keys hold (its history apart, which has a limit of its
 *  own, the broker's eventLimit), and Redis's used_memory less that before the job, which has the buffers of clients too: they
 *  hold a batch while it arrives or leaves. Exits with 1 when the keys pass the bound by more than Redis's allocator may add,
 *  when there is a batch too many, or when a removed job leaves a key.
 *
 *  --minutes runs jobs of the same kind one after another, removes each, and samples every process after each of them. The
 *  heaps' garbage is not collected before, so growth compares the least of the last third of the samples after the first minute
 *  with the least of the first third. */
import { parseArgs } from 'node:util';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { slope, summary } from '../training/parts/statistics.mjs';
import { field, fleetSpec, runJob, startFleet } from './parts/fleet.mjs';
import { catchBatch } from './parts/hops.mjs';
import { memoryChart } from './parts/memory-chart.mjs';

const { values: options } = parseArgs({
  options: {
    iterations: { type: 'string', default: '120' },
    minutes: { type: 'string', default: '0' },
    nice: { type: 'string', default: '0' },
    json: { type: 'string', default: 'bench/results/fleet-memory.json' },
    svg: { type: 'string', default: 'bench/results/fleet-memory.svg' },
  },
});
const MIB = 2 ** 20;
const SAMPLE_MS = 100;
const SETTLE_MS = 2000;
const MINUTES = Number(options.minutes);
/** The allocator has four sizes per power of two, so it rounds up by a quarter at most. */
const ALLOWANCE = 1.25;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** In one moment: bytes of all keys of a job but its history, bytes of that, entries that its streams of trajectories hold, greatest weights. */
const HELD = `
  local bytes, history, entries, weights = 0, 0, 0, 0
  for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
    local size = redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0') or 0
    if string.find(key, ':events', 1, true) then history = size else bytes = bytes + size end
    if string.find(key, ':trajectories:', 1, true) then entries = entries + redis.call('XLEN', key) end
    if string.find(key, ':weights', 1, true) then
      for _, field in ipairs(redis.call('HKEYS', key)) do
        weights = math.max(weights, redis.call('HSTRLEN', key, field))
      end
    end
  end
  return { bytes, history, entries, weights }`;

const usedMemory = async (redis) => Number(field(await redis.info('memory'), 'used_memory'));

async function keysOf(redis, pattern) {
  const keys = (await redis.keys(pattern)).sort();
  return Promise.all(
    keys.map(async (key) => ({ key, type: await redis.type(key), bytes: await redis.memory('USAGE', key) })),
  );
}

async function watchJob(fleet) {
  const { redis, broker } = fleet;
  const spec = fleetSpec([], Number(options.iterations));
  const jobId = 'memory';
  const before = await usedMemory(redis);
  const samples = [];
  const begun = performance.now();
  const sampling = { on: true };
  const sampler = (async () => {
    while (sampling.on) {
      const [used, [held, history, entries, weights]] = await Promise.all([
        usedMemory(redis),
        redis.eval(HELD, 0, `*{${jobId}}*`),
      ]);
      samples.push({
        seconds: (performance.now() - begun) / 1000,
        used: used - before,
        held,
        history,
        entries,
        weights,
      });
      await pause(SAMPLE_MS);
    }
  })();
  const caught = catchBatch(broker, jobId);
  const { iterations } = await runJob(fleet, jobId, spec);
  const end = (performance.now() - begun) / 1000;
  await pause(SETTLE_MS);
  sampling.on = false;
  await sampler;
  const { batch, state } = await caught;
  const weightBytes = greatest(samples, 'weights');
  const { shards } = spec.rollout;
  const { lag } = spec.schedule;
  const entries = shards * (lag + 1);
  const bound = entries * (batch.length + state.length) + (lag + 2) * weightBytes;
  const left = await keysOf(redis, '*{memory}*');
  await broker.jobs.remove(jobId);
  await pause(SETTLE_MS);
  const after = await usedMemory(redis);
  const remaining = await keysOf(redis, '*{memory}*');
  return {
    iterations: iterations.length,
    batchBytes: batch.length,
    stateBytes: state.length,
    weightBytes,
    bound,
    entriesBound: entries,
    entries: greatest(samples, 'entries'),
    peakUsed: greatest(samples, 'used'),
    peakHeld: greatest(samples, 'held'),
    medianHeld: summary(samples.filter(({ seconds }) => seconds < end).map(({ held }) => held)).median,
    heldAtEnd: samples.at(-1).held,
    historyAtEnd: samples.at(-1).history,
    usedAtEnd: samples.at(-1).used,
    usedAfterRemoval: after - before,
    left,
    remaining,
    end,
    samples,
  };
}

async function soak(fleet) {
  const { redis, broker, services } = fleet;
  const samples = [];
  const begun = performance.now();
  const minutesSo = () => (performance.now() - begun) / 60_000;
  let iterations = 0;
  for (let j = 0; minutesSo() < MINUTES; j++) {
    const spec = fleetSpec([], 40);
    iterations += (await runJob(fleet, `soak-${j}`, spec)).iterations.length;
    await broker.jobs.remove(`soak-${j}`);
    const sample = { minutes: minutesSo(), jobs: j + 1, load: loadAverage() };
    for (const [s, service] of services.entries()) {
      const metrics = await service.metrics();
      const name = `${service.kind} ${service.kind === 'learner' ? '' : s}`.trim();
      sample[`${name}: resident, MiB`] = metrics.process_resident_memory_bytes / MIB;
      sample[`${name}: heap, MiB`] = metrics.process_heap_used_bytes / MIB;
      sample[`${name}: handles`] = metrics.process_open_handles;
    }
    sample['Redis: keys'] = await redis.dbsize();
    sample['Redis: memory, MiB'] = (await usedMemory(redis)) / MIB;
    samples.push(sample);
  }
  const warm = samples.filter(({ minutes }) => minutes >= Math.min(1, MINUTES / 4));
  console.log(`\n${samples.length} jobs, ${iterations} iterations in ${minutesSo().toFixed(1)} minutes`);
  console.log('| after the first minute | least | median | greatest | slope per minute | growth of the least |');
  console.log('|---|---|---|---|---|---|');
  const third = Math.max(1, Math.floor(warm.length / 3));
  const growth = {};
  for (const name of Object.keys(samples[0]).filter((one) => one.includes(':'))) {
    const values = warm.map((one) => one[name]);
    const { median, min, max } = summary(values);
    const perMinute = slope(
      warm.map(({ minutes }) => minutes),
      values,
    );
    growth[name] = { median, min, max, perMinute, growth: least(values.slice(-third)) - least(values.slice(0, third)) };
    const cells = [min, median, max].map((value) => value.toFixed(1));
    console.log(`| ${name} | ${cells.join(' | ')} | ${perMinute.toFixed(3)} | ${growth[name].growth.toFixed(2)} |`);
  }
  return { jobs: samples.length, iterations, growth, samples };
}

const greatest = (samples, name) => Math.max(...samples.map((sample) => sample[name]));
const least = (values) => Math.min(...values);
const mib = (bytes) => (bytes / MIB).toFixed(2);

const fleet = await startFleet({ actors: 2, nice: Number(options.nice) });
let run;
let soaked = null;
try {
  // Connections, scripts and BullMQ's own keys are there before the first sample.
  await runJob(fleet, 'warm', fleetSpec([], 5));
  await fleet.broker.jobs.remove('warm');
  run = await watchJob(fleet);
  console.log(
    `${run.iterations} iterations; batch ${run.batchBytes} bytes, shard state ${run.stateBytes}, weights ${run.weightBytes}`,
  );
  console.log(`at most ${run.entries} batches at a time, of ${run.entriesBound} that may be`);
  console.log('\n| Redis | MiB |\n|---|---|');
  console.log(`| bound: shards × (lag + 1) batches and states, lag + 2 weights | ${mib(run.bound)} |`);
  console.log(`| keys of the job, greatest | ${mib(run.peakHeld)} |`);
  console.log(`| keys of the job, median | ${mib(run.medianHeld)} |`);
  console.log(`| keys of the job after its end | ${mib(run.heldAtEnd)} |`);
  console.log(`| its history of events | ${mib(run.historyAtEnd)} |`);
  console.log(`| used_memory above its start, greatest | ${mib(run.peakUsed)} |`);
  console.log(`| used_memory above its start, after the end | ${mib(run.usedAtEnd)} |`);
  console.log(`| used_memory above its start, after removal | ${mib(run.usedAfterRemoval)} |`);
  console.log(`\nleft of a finished job:`);
  for (const { key, type, bytes } of run.left) console.log(`  ${key} (${type}, ${bytes} bytes)`);
  console.log(`left of a removed one: ${run.remaining.map(({ key }) => key).join(', ') || 'nothing'}`);
  if (MINUTES > 0) soaked = await soak(fleet);
} finally {
  await fleet.stop();
}
writeResult(options.json, toJson({ bench: 'fleet/memory', ...circumstances(), run, soak: soaked }));
writeResult(
  options.svg,
  memoryChart({
    title: `Memory of Redis above its start, MiB, over ${run.iterations} iterations`,
    seconds: run.samples.map(({ seconds }) => seconds),
    end: run.end,
    bound: run.bound / MIB,
    series: [
      { title: 'used_memory', color: '#9ec5fe', values: run.samples.map(({ used }) => Math.max(0, used) / MIB) },
      { title: 'keys of the job', color: '#1f6feb', values: run.samples.map(({ held }) => held / MIB) },
    ],
  }),
);
process.exitCode =
  run.peakHeld <= ALLOWANCE * run.bound && run.entries <= run.entriesBound && run.remaining.length === 0 ? 0 : 1;
