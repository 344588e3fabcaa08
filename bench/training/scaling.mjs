/** Question: does throughput grow with cores, agents, instances, shards and actor processes, and shrink with the width of networks, as
 *  it should, where does it bend, and what memory goes with it? The median game, PPO with 4 epochs × 4 minibatches, lag 1; 3 agents,
 *  256 instances × 128 steps in one shard on two cores where nothing else is said.
 *
 *    npm run build && node bench/training/scaling.mjs [--only cores,agents,instances,shards,width,processes] [--repetitions 3]
 *      [--seconds 1] [--engine auto] [--json <file>] [--svg <file>]
 *
 *  Each measurement is a process (or fleet) of its own, pinned, and they take turns: a round goes through all points. A run's figure
 *  is the median of its iterations after a warm-up. `× before` is the ratio to the point above, beside the ratio of what was moved;
 *  `cpu` is the processor time of all threads and processes, which other programs disturb least; the split is by the clock, summed
 *  over threads, `waiting` the learner's wait for trajectories; memory is the greatest resident size, of all processes together.
 *  Compare within one run only. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { field, fleetSpec, runJob, startFleet } from '../fleet/parts/fleet.mjs';
import { curves } from './parts/curves.mjs';
import { medianJob } from './parts/job.mjs';
import { canPin, runPinned } from './parts/processes.mjs';
import { circumstances, toJson, writeResult } from './parts/report.mjs';
import { ofRuns, takeTurns, thousands, writeThousands } from './parts/rounds.mjs';
import { DIMENSIONS, keyOf } from './parts/scaling-points.mjs';
import { summary } from './parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: DIMENSIONS.map(({ id }) => id).join(',') },
    repetitions: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'auto' },
    json: { type: 'string', default: 'bench/results/training-scaling.json' },
    svg: { type: 'string', default: 'bench/results/training-scaling.svg' },
  },
});
const MEASURED_RUN = fileURLToPath(new URL('./parts/measured-run.mjs', import.meta.url));
const SPLIT = ['environment', 'policy', 'transfer', 'update', 'waiting'];
const MIB = 2 ** 20;
const SECONDS = Number(options.seconds);
/** A fleet's run has a number of iterations instead of seconds: about as many as fit. */
const FLEET_ITERATIONS = { linear: Math.ceil(50 * SECONDS), mlp: Math.ceil(8 * SECONDS) };
const THREADS = 2;

const measurePoint = (point) => (point.actors > 0 ? measureFleet(point) : measureProcess(point));

async function measureProcess({ hidden, agents, instances, horizon, shards, cores, actors }) {
  const { engine } = options;
  const settings = {
    job: medianJob({ engine, hidden, history: 1, shuffle: 'samples', shards, agents, instances, horizon }),
    ...{ warmIterations: 1, warmSeconds: 0.5, iterations: 2, seconds: SECONDS },
    ...(cores === 1 ? { actors: 0, learners: 0 } : {}),
    // Beside actor processes: one collection thread and as many update threads as the learner has.
    ...(actors === 0 ? { actors: 1, learners: THREADS } : {}),
  };
  const pinned = cores === 1 ? [0] : [0, 1];
  const [run] = await runPinned(pinned, process.execPath, [MEASURED_RUN, JSON.stringify(settings)]);
  return {
    rate: run.agentStepsPerSecond.median,
    split: run.microsecondsPerAgentStep,
    busyCores: run.busyCores,
    cpu: run.cpuMicrosecondsPerAgentStep,
    memory: run.peakResidentBytes,
  };
}

/** By the learner's clock, after the first quarter of the iterations. */
async function measureFleet({ hidden, actors }) {
  const spec = fleetSpec(hidden, FLEET_ITERATIONS[hidden.length === 0 ? 'linear' : 'mlp']);
  const warm = Math.max(1, Math.floor(spec.stop.iterations / 4));
  const fleet = await startFleet({ actors, threads: THREADS });
  try {
    let before;
    let after;
    const { iterations } = await runJob(fleet, 'scaling', spec, ({ iteration }) => {
      if (iteration === warm) before = cpuSeconds(fleet);
      if (iteration === spec.stop.iterations) after = cpuSeconds(fleet);
    });
    const measured = iterations.slice(warm);
    const rates = measured.map((event, i) => {
      const previous = iterations[warm + i - 1];
      return (event.agentSteps - previous.agentSteps) / (event.wallSeconds - previous.wallSeconds);
    });
    const agentSteps = iterations.at(-1).agentSteps - iterations[warm - 1].agentSteps;
    const wall = iterations.at(-1).wallSeconds - iterations[warm - 1].wallSeconds;
    const spent = (part) => measured.reduce((sum, { seconds }) => sum + seconds[part], 0);
    const resident = fleet.services.reduce((sum, { pid }) => sum + peakResident(pid), 0);
    const redis = Number(field(await fleet.redis.info('memory'), 'used_memory_peak'));
    return {
      rate: summary(rates).median,
      split: Object.fromEntries(SPLIT.map((part) => [part, (1e6 * spent(part)) / agentSteps])),
      busyCores: (after - before) / wall,
      cpu: (1e6 * (after - before)) / agentSteps,
      memory: resident + redis,
    };
  } finally {
    await fleet.stop();
  }
}

const cpuSeconds = (fleet) => Object.values(fleet.cpuSeconds()).reduce((sum, part) => sum + part, 0);

function peakResident(pid) {
  const [, kib = '0'] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+)/m) ?? [];
  return 1024 * Number(kib);
}

const dimensions = DIMENSIONS.filter(({ id }) => options.only.split(',').includes(id));
const contestants = new Map();
for (const { title, series } of dimensions) {
  for (const { title: network, points } of series) {
    for (const point of points) {
      if (contestants.has(keyOf(point))) continue;
      contestants.set(keyOf(point), { title: `${title}: ${point.x}, ${network}`, measure: () => measurePoint(point) });
    }
  }
}
await takeTurns([...contestants.values()], Number(options.repetitions), { tell: ({ rate }) => `${thousands(rate)} k` });

const results = [];
const rows = [];
for (const { id, title, series } of dimensions) {
  const panels = [];
  for (const { network, title: networks, points } of series) {
    console.log(`\n${title}; ${networks}`);
    console.log(
      `| ${id} | thousand agentSteps/s, median | min … max | × before (moved ×) | busy cores | cpu, µs per agentStep | µs per agentStep: ${SPLIT.join(', ')} | memory, MiB |`,
    );
    console.log('|---|---|---|---|---|---|---|---|');
    const found = points.map((point) => {
      const contestant = contestants.get(keyOf(point));
      const rate = ofRuns(contestant, (run) => run.rate);
      const split = SPLIT.map((part) => ofRuns(contestant, (run) => run.split[part]).median);
      const memory = ofRuns(contestant, (run) => run.memory);
      const busyCores = ofRuns(contestant, (run) => run.busyCores);
      const cpu = ofRuns(contestant, (run) => run.cpu);
      return { ...point, dimension: id, network, agentStepsPerSecond: rate, split, busyCores, cpu, memory };
    });
    for (const [i, point] of found.entries()) {
      const before = found[i - 1];
      const moved = before === undefined || before.x === 0 ? '' : ` (${(point.x / before.x).toFixed(1)})`;
      const ratio =
        before === undefined
          ? ''
          : `${(point.agentStepsPerSecond.median / before.agentStepsPerSecond.median).toFixed(2)}${moved}`;
      const split = point.split.map((part) => part.toFixed(3)).join(', ');
      const cells = [
        writeThousands(point.agentStepsPerSecond),
        ratio,
        point.busyCores.median.toFixed(2),
        point.cpu.median.toFixed(3),
        split,
      ];
      console.log(`| ${point.x} | ${cells.join(' | ')} | ${Math.round(point.memory.median / MIB)} |`);
    }
    results.push(...found);
    panels.push({
      title: networks,
      points: found.map(({ x, agentStepsPerSecond: { median, min, max } }) => ({ x, median, min, max })),
    });
  }
  rows.push({ title, panels });
}
const figures = results.map(({ dimension, x, network, agentStepsPerSecond: { median, min, max } }) => ({
  what: `${dimension} ${x}, ${network}, thousand agentSteps/s`,
  value: median / 1000,
  min: min / 1000,
  max: max / 1000,
}));
const report = { bench: 'training/scaling', ...circumstances(), pinned: canPin, parts: SPLIT, figures, results };
writeResult(options.json, toJson(report));
writeResult(options.svg, curves({ title: 'Throughput, end to end, against what is scaled', rows }));
