/** Question: how many agentSteps per second does training reach end to end (collecting and updating), and where does the time
 *  go? The median game, 3 agents, 256 instances × 128 steps, PPO with 4 epochs × 4 minibatches.
 *  Rivals, in the same run and on the same cores: the same work in PyTorch and in JAX (bench/rivals).
 *
 *    npm run build && node bench/training/median.mjs [--repetitions 5] [--only linear,mlp,mlp-history] [--shards 1]
 *      [--shuffles samples,instances] [--engines native,wasm] [--python python3] [--seconds 2] [--iterations 4] [--patience 0] [--json <file>]
 *
 *  Each measurement is a process of its own, pinned to core 0 or to cores 0 and 1; ours and the rivals' take turns. A run's
 *  figure is the median over its iterations after warming up; the table has the median, least and greatest of the runs, and
 *  the ratio of the medians and, in parentheses, of the greatest, which disturbances by other programs touch least.
 *  On a shared machine --patience lets each measurement wait that many seconds, at most, for the cores to be idle.
 *  `busy` is how many cores a run of ours got. Compare ratios within one run only. The split is work per agentStep summed over
 *  threads: with several threads it does not add up to the time between iterations; `waiting` is the learner's wait for
 *  trajectories, which inline is collecting itself. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canPin, libraryVersion, PYTHON, REPETITIONS, runPinned, waitForQuiet } from './parts/processes.mjs';
import { circumstances, loadAverage, toJson, writeResult } from './parts/report.mjs';
import { ratioOf } from './parts/rounds.mjs';
import { summary } from './parts/statistics.mjs';
import { OURS, RIVALS, rivalArguments, SHUFFLES, WORKLOADS } from './parts/variants.mjs';

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: REPETITIONS },
    only: { type: 'string', default: WORKLOADS.map(({ id }) => id).join(',') },
    shuffles: { type: 'string', default: SHUFFLES.join(',') },
    shards: { type: 'string', default: '1' },
    engines: { type: 'string', default: 'native,wasm' },
    python: { type: 'string', default: PYTHON },
    seconds: { type: 'string', default: '2' },
    iterations: { type: 'string', default: '4' },
    patience: { type: 'string', default: '0' },
    json: { type: 'string', default: 'bench/results/training-median.json' },
  },
});
const INSTALL =
  'python3 -m venv .venv && .venv/bin/pip install torch jax optax numpy, then --python .venv/bin/python; or, for PyTorch alone, on Debian: apt-get install python3-torch libopenblas0-pthread, then --python /usr/bin/python3';
const MEASURED_RUN = fileURLToPath(new URL('./parts/measured-run.mjs', import.meta.url));
const SPLIT = ['environment', 'policy', 'transfer', 'update', 'waiting'];

const workloads = WORKLOADS.filter(({ id }) => options.only.split(',').includes(id));
const shuffles = options.shuffles.split(',');
const engines = options.engines.split(',');
const versions = { torch: libraryVersion(options.python, 'torch'), jax: libraryVersion(options.python, 'jax, optax') };
for (const [library, version] of Object.entries(versions)) {
  if (version === null)
    console.log(`No ${library} in ${options.python}: it is not compared with. To have it: ${INSTALL}.\n`);
}
if (versions.torch !== null && Number(versions.torch.split('.')[0]) < 2) {
  console.log(`PyTorch ${versions.torch} is an old release: a current one does this work about twice as fast.\n`);
}
if (!canPin) console.log('There is no taskset here: nothing is pinned, and the 1-core figures may use more cores.\n');

async function measureOurs(workload, shuffle, { engine, actors, learners, cores }) {
  const settings = {
    engine,
    hidden: workload.hidden,
    history: workload.history,
    shuffle,
    shards: Number(options.shards),
    seconds: Number(options.seconds),
    iterations: Number(options.iterations),
    ...(actors === undefined ? {} : { actors, learners }),
  };
  const [run] = await runPinned(cores, process.execPath, [MEASURED_RUN, JSON.stringify(settings)]);
  return { rate: run.agentStepsPerSecond.median, split: run.microsecondsPerAgentStep, busyCores: run.busyCores };
}

async function measureRival(workload, variant) {
  const iterations = Math.max(4, Number(options.iterations));
  const lines = await runPinned(variant.cores, options.python, rivalArguments(workload, variant, iterations));
  const rateOf = (part) => lines.find(({ name }) => name === `ippo_${variant.library}_${part}`).value;
  return {
    rate: rateOf('end_to_end'),
    split: { rollout: 1e6 / rateOf('rollout'), update: 1e6 / rateOf('update') },
  };
}

/** Everything to be measured, in the order of one round. */
const contests = workloads.flatMap((workload) =>
  shuffles.flatMap((shuffle) => [
    ...OURS.filter(({ engine }) => engines.includes(engine)).map((variant) => ({
      workload,
      shuffle,
      variant,
      measure: () => measureOurs(workload, shuffle, variant),
    })),
    ...RIVALS.filter((rival) => rival.shuffle === shuffle && versions[rival.library] !== null).map((variant) => ({
      workload,
      shuffle,
      variant,
      rival: true,
      measure: () => measureRival(workload, variant),
    })),
  ]),
);
for (const contest of contests) contest.runs = [];
const before = loadAverage();
for (let round = 1; round <= Number(options.repetitions); round++) {
  for (const { workload, shuffle, variant, measure, runs } of contests) {
    await waitForQuiet(Number(options.patience));
    const run = await measure();
    runs.push({ ...run, load: loadAverage() });
    console.error(
      `round ${round}: ${workload.id}, ${shuffle}, ${variant.title}, ${variant.cores.length} cores: ${thousands(run.rate)} k`,
    );
  }
}

const results = contests.map(({ workload, shuffle, variant, rival = false, runs }) => ({
  workload: workload.id,
  shuffle,
  variant: variant.id,
  title: variant.title,
  cores: variant.cores.length,
  rival,
  ...(rival ? { library: variant.library } : {}),
  agentStepsPerSecond: summary(runs.map((run) => run.rate)),
  microsecondsPerAgentStep: Object.fromEntries(
    Object.keys(runs[0].split).map((part) => [part, summary(runs.map((run) => run.split[part])).median]),
  ),
  ...(rival ? {} : { busyCores: runs.map((run) => run.busyCores) }),
  load: runs.map((run) => run.load),
}));

function thousands(rate) {
  return Math.round(rate / 1000).toLocaleString('en-US');
}

for (const { id, title } of workloads) {
  console.log(`\n${title}, thousand agentSteps/s`);
  console.log(
    '| shuffle | run | cores | busy | median | min … max | against PyTorch | against JAX | split, µs per agentStep |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const result of results.filter(({ workload }) => workload === id)) {
    const { agentStepsPerSecond: rate, microsecondsPerAgentStep: split } = result;
    const against = (library) => {
      const rival = results.find(
        (one) =>
          one.library === library &&
          one.workload === id &&
          one.cores === result.cores &&
          one.shuffle === result.shuffle,
      );
      if (result.rival || rival === undefined) return '';
      const ratio = (name) => (rate[name] / rival.agentStepsPerSecond[name]).toFixed(2);
      return `${ratio('median')} × (${ratio('max')} ×)`;
    };
    const busy = result.rival ? '' : summary(result.busyCores).median.toFixed(2);
    const parts = (result.rival ? ['rollout', 'update'] : SPLIT).map((part) => `${part} ${split[part].toFixed(3)}`);
    console.log(
      `| ${result.shuffle} | ${result.title} | ${result.cores} | ${busy} | ${thousands(rate.median)} | ${thousands(rate.min)} … ${thousands(rate.max)} | ${against('torch')} | ${against('jax')} | ${parts.join(', ')} |`,
    );
  }
}
/** What ours is of a rival on as many cores, with the same shuffle. */
const figures = results
  .filter(({ rival }) => !rival)
  .flatMap((ours) =>
    results
      .filter(
        (one) =>
          one.rival && one.workload === ours.workload && one.cores === ours.cores && one.shuffle === ours.shuffle,
      )
      .map((rival) => {
        const { median, min, max } = ratioOf(ours.agentStepsPerSecond, rival.agentStepsPerSecond);
        const what = `${ours.workload}, ${ours.shuffle}, ${ours.title} on ${ours.cores}, × ${rival.title}`;
        return { what, value: median, min, max };
      }),
  );
const report = {
  bench: 'training/median',
  ...circumstances(),
  loadBefore: before,
  pinned: canPin,
  shards: Number(options.shards),
  versions,
  unit: 'agentSteps per second, end to end',
  figures,
  results,
};
writeResult(options.json, toJson(report));
