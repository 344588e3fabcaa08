/** Question: what does Redis cost? The same job (median game, 3 agents, 4 shards × 64 envs × 128 steps, PPO, lag 1) embedded with
 *  1 and 2 collection threads, and over Redis with 1 and 2 actor processes of one slot, each beside the embedded run of as many, on the same cores; and where a batch's and a
 *  task's microseconds go on the way. Exits with 1 when the digests differ.
 *
 *    npm run build && node bench/fleet/throughput.mjs [--only linear,mlp] [--repetitions 5] [--iterations 600] [--mlp-iterations 60]
 *      [--warm-up 1200] [--threads 2] [--hops 100] [--json <file>]
 *
 *  Runs take turns, each with processes of its own, which a job with linear policies of that many iterations warms up, and then a
 *  third of the run's own: event loops do little per batch, so that it takes thousands of batches until what they do is compiled. The
 *  rate is that of all other iterations together, by the learner's clock; not a median of iterations, which are of two lengths where
 *  units are no multiple of the threads. Processor time (cpu) is that of all processes of a run, Redis included, which other programs
 *  disturb less than the rate; busy is the part of the cores that it makes, others that of everything else on the machine meanwhile;
 *  waiting is what the learner waits for batches, reading and decoding included. The hops are those of linear policies. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { coreSeconds, REPETITIONS, runPinned } from '../training/parts/processes.mjs';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { ratioOf } from '../training/parts/rounds.mjs';
import { summary } from '../training/parts/statistics.mjs';
import { fleetSpec, runJob, startFleet } from './parts/fleet.mjs';
import { measureHops } from './parts/hops.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'linear,mlp' },
    repetitions: { type: 'string', default: REPETITIONS },
    iterations: { type: 'string', default: '600' },
    'mlp-iterations': { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '1200' },
    threads: { type: 'string', default: '2' },
    hops: { type: 'string', default: '100' },
    json: { type: 'string', default: 'bench/results/fleet-throughput.json' },
  },
});
const THREADS = Number(options.threads);
const WARM_UP = fleetSpec([], Number(options['warm-up']));
const CORES = [0, 1];
const EMBEDDED_RUN = fileURLToPath(new URL('./parts/embedded-run.mjs', import.meta.url));
const WORKLOADS = [
  { id: 'linear', title: 'linear policies', hidden: [], iterations: Number(options.iterations) },
  { id: 'mlp', title: '2×64 tanh networks', hidden: [64, 64], iterations: Number(options['mlp-iterations']) },
].filter(({ id }) => options.only.split(',').includes(id));
const VARIANTS = [
  { id: 'embedded', base: 'embedded', title: 'embedded, 1 collection thread', run: (...job) => runEmbedded(...job, 1) },
  {
    id: 'embedded-2',
    base: 'embedded-2',
    title: 'embedded, 2 collection threads',
    run: (...job) => runEmbedded(...job, 2),
  },
  { id: 'redis-1', base: 'embedded', title: 'over Redis, 1 actor process', run: (...job) => runFleet(...job, 1) },
  { id: 'redis-2', base: 'embedded-2', title: 'over Redis, 2 actor processes', run: (...job) => runFleet(...job, 2) },
];

async function runEmbedded(spec, warm, actors) {
  const settings = { warmUp: WARM_UP, spec, actors, learners: THREADS, warm };
  const [run] = await runPinned(CORES, process.execPath, [EMBEDDED_RUN, JSON.stringify(settings)]);
  return run;
}

async function runFleet(spec, warm, actors) {
  const fleet = await startFleet({ actors, threads: THREADS });
  try {
    let before;
    let after;
    await runJob(fleet, 'warm-up', WARM_UP);
    const used = () => ({ cpu: fleet.cpuSeconds(), machine: coreSeconds() });
    const run = await runJob(fleet, 'bench', spec, ({ iteration }) => {
      if (iteration === warm) before = used();
      if (iteration === spec.stop.iterations) after = used();
    });
    const cpuSeconds = Object.fromEntries(
      Object.keys(after.cpu).map((part) => [part, after.cpu[part] - before.cpu[part]]),
    );
    return { ...run, cpuSeconds, machineSeconds: after.machine - before.machine };
  } finally {
    await fleet.stop();
  }
}

/** The rate of a run, its processor microseconds per agentStep, and what its cores did. */
function judge({ iterations, digest, cpuSeconds, machineSeconds }, warm) {
  const measured = iterations.slice(warm);
  const [first, last] = [iterations[warm - 1], iterations.at(-1)];
  const agentSteps = last.agentSteps - first.agentSteps;
  const seconds = last.wallSeconds - first.wallSeconds;
  const cpu = Object.fromEntries(Object.entries(cpuSeconds).map(([part, used]) => [part, (1e6 * used) / agentSteps]));
  const used = Object.values(cpuSeconds).reduce((sum, part) => sum + part, 0);
  const share = (coreTime) => coreTime / (seconds * CORES.length);
  const busy = { ours: share(used), others: Math.max(0, share(machineSeconds - used)) };
  const per = (name) => (1e6 * measured.reduce((sum, event) => sum + event.seconds[name], 0)) / agentSteps;
  const learner = { iteration: per('iteration'), waiting: per('waiting'), update: per('update') };
  return { rate: agentSteps / seconds, cpu, busy, learner, digest, load: loadAverage() };
}

const results = [];
const figures = [];
let differing = 0;
for (const { id, title, hidden, iterations } of WORKLOADS) {
  const spec = fleetSpec(hidden, iterations);
  const warm = Math.max(1, Math.floor(iterations / 3));
  const runs = Object.fromEntries(VARIANTS.map((variant) => [variant.id, []]));
  for (let round = 1; round <= Number(options.repetitions); round++) {
    for (const variant of VARIANTS) {
      const run = judge(await variant.run(spec, warm), warm);
      runs[variant.id].push(run);
      console.error(`round ${round}: ${title}, ${variant.title}: ${thousands(run.rate)} k, load ${run.load}`);
    }
  }
  const digests = new Set(Object.values(runs).flatMap((list) => list.map(({ digest }) => digest)));
  if (digests.size !== 1) differing++;
  console.log(`\n${title}, ${iterations} iterations; digests ${digests.size === 1 ? 'equal' : 'DIFFER'}`);
  console.log(
    '| run | thousand agentSteps/s, median | min … max | × embedded with as many (median; best) | cpu, µs per agentStep (median) | × embedded | busy; others | waiting for batches, µs per agentStep |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const variant of VARIANTS) {
    const base = { rate: rateOf(runs[variant.base]), cpu: cpuOf(runs[variant.base]) };
    const rate = rateOf(runs[variant.id]);
    const cpu = cpuOf(runs[variant.id]);
    const parts = Object.keys(runs[variant.id][0].cpu);
    const of = (figure) => summary(runs[variant.id].map(figure)).median;
    const split = parts.map((part) => `${part} ${of((run) => run.cpu[part]).toFixed(3)}`);
    if (variant.id !== 'embedded') {
      const { median, min, max } = ratioOf(rate, base.rate);
      figures.push({ what: `${title}, ${variant.title}, × embedded`, value: median, min, max });
    }
    const ratio = `${(rate.median / base.rate.median).toFixed(2)}; ${(rate.max / base.rate.max).toFixed(2)}`;
    console.log(
      `| ${variant.title} | ${thousands(rate.median)} | ${thousands(rate.min)} … ${thousands(rate.max)} | ${ratio} | ${cpu.median.toFixed(3)} (${split.join(', ')}) | ${(cpu.median / base.cpu.median).toFixed(3)} | ${of(({ busy }) => busy.ours).toFixed(2)}; ${of(({ busy }) => busy.others).toFixed(2)} | ${of(({ learner }) => learner.waiting).toFixed(3)} |`,
    );
  }
  results.push({ workload: id, iterations, digests: [...digests], runs });
}

const fleet = await startFleet({ actors: 1, threads: THREADS });
const hops = {};
try {
  const { shards, envsPerShard, horizon } = fleetSpec([], 1).rollout;
  const agentSteps = 3 * envsPerShard * horizon;
  const found = await measureHops(fleet, [], Number(options.hops));
  console.log(`\none of ${shards} batches of an iteration: ${agentSteps} agentSteps`);
  console.log('| hop | bytes | bytes per agentStep | µs, median | best | µs per agentStep |');
  console.log('|---|---|---|---|---|---|');
  for (const [name, { bytes, times }] of Object.entries(found)) {
    const { median, min } = summary(times);
    hops[name] = { bytes, ...summary(times) };
    const sizes = bytes === 0 ? ' | ' : `${thousandths(bytes)} | ${(bytes / agentSteps).toFixed(2)}`;
    console.log(
      `| ${name} | ${sizes} | ${median.toFixed(0)} | ${min.toFixed(0)} | ${(median / agentSteps).toFixed(4)} |`,
    );
  }
} finally {
  await fleet.stop();
}
writeResult(
  options.json,
  toJson({ bench: 'fleet/throughput', ...circumstances(), threads: THREADS, figures, results, hops }),
);
process.exitCode = differing === 0 ? 0 : 1;

function rateOf(runs) {
  return summary(runs.map(({ rate }) => rate));
}

function cpuOf(runs) {
  return summary(runs.map(({ cpu }) => Object.values(cpu).reduce((sum, part) => sum + part, 0)));
}

function thousands(rate) {
  return thousandths(rate / 1000);
}

function thousandths(count) {
  return Math.round(count).toLocaleString('en-US');
}
