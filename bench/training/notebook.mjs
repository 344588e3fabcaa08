/** Question: how much faster is the loop of the notebook that the median game comes from? 3 agents of one linear layer, 10 samples,
 *  100 steps, and an Adam step of each agent for every step; its rollout alone, and with its update.
 *  Rival, in the same run and on the same core: the notebook in PyTorch (bench/rivals/notebook.py), as it was written and with its
 *  slips repaired.
 *
 *    npm run build && node bench/training/notebook.mjs [--repetitions 5] [--seconds 1] [--engines native,wasm] [--variants fixed,as-written]
 *      [--python python3] [--json <file>]
 *
 *  Each measurement is a process of its own on core 0, and they take turns; a run's figure is the median of its iterations after a
 *  warm-up. `work` is collecting and updating alone, as the notebook does it; `train()` has the
 *  schedule, the events, the digests and what else a job has. Ratios are of medians, with what the extremes allow. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canPin, libraryVersion, PYTHON, REPETITIONS, runPinned } from './parts/processes.mjs';
import { circumstances, toJson, writeResult } from './parts/report.mjs';
import { ofRuns, ratioOf, takeTurns, thousands, writeRatio, writeThousands } from './parts/rounds.mjs';

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: REPETITIONS },
    seconds: { type: 'string', default: '1' },
    engines: { type: 'string', default: 'native,wasm' },
    variants: { type: 'string', default: 'fixed,as-written' },
    python: { type: 'string', default: PYTHON },
    json: { type: 'string', default: 'bench/results/training-notebook.json' },
  },
});
const INLINE_WORK = fileURLToPath(new URL('./parts/inline-work.mjs', import.meta.url));
const MEASURED_RUN = fileURLToPath(new URL('./parts/measured-run.mjs', import.meta.url));
const NEVER = Number.MAX_SAFE_INTEGER;
const [AGENTS, SAMPLES, STEPS] = [3, 10, 100];
/** Of a run of the rival, which has a warm-up of one more. */
const ITERATIONS = 8;
const VARIANTS = [
  { id: 'fixed', title: 'slips repaired', rival: 'fixed', asWritten: false },
  { id: 'as-written', title: 'as written', rival: 'as_written', asWritten: true },
].filter(({ id }) => options.variants.split(',').includes(id));
const PARTS = [
  { id: 'rollout', title: 'rollout', measured: 'seed_rollout', update: false },
  { id: 'whole', title: 'rollout and update', measured: 'seed_rollout_and_learning', update: true },
];

const jobOf = ({ asWritten }, engine) => ({
  env: {
    id: 'median-v1',
    options: { agents: AGENTS, steps: STEPS, observation: asWritten ? 'notebook' : 'others-mean' },
  },
  algorithm: { id: 'notebook', options: { asWritten } },
  policies: { '*': { network: { hidden: [] } } },
  rollout: { shards: 1, envsPerShard: SAMPLES, horizon: STEPS },
  evaluation: { every: 0, episodes: 1, maxSteps: 1 },
  checkpoint: { every: 0, keep: 1 },
  engine,
  stop: { iterations: NEVER },
});

async function measureWork(job, update, { asWritten }) {
  const settings = { job, update, seconds: Number(options.seconds) };
  // Gradients that are never cleared end in weights that are no numbers; the rival makes as few iterations.
  if (asWritten) settings.restartEvery = ITERATIONS;
  const [run] = await runPinned([0], process.execPath, [INLINE_WORK, JSON.stringify(settings)]);
  return { rate: run.agentStepsPerSecond.median, split: run.microsecondsPerAgentStep };
}

async function measureTraining(job) {
  const settings = { job, actors: 0, learners: 0, warmSeconds: 0.5, seconds: Number(options.seconds) };
  const [run] = await runPinned([0], process.execPath, [MEASURED_RUN, JSON.stringify(settings)]);
  return { rate: run.agentStepsPerSecond.median, split: run.microsecondsPerAgentStep };
}

const version = libraryVersion(options.python, 'torch');
if (version === null) console.log(`No PyTorch in ${options.python}: there is no rival (pip install torch numpy).\n`);

const contestants = VARIANTS.flatMap((variant) => [
  ...(version === null
    ? []
    : [
        {
          title: `PyTorch ${version}, ${variant.title}`,
          variant,
          rival: true,
          async measure() {
            const lines = await runPinned([0], options.python, [
              ...['bench/rivals/notebook.py', '--variant', variant.rival],
              ...['--samples', String(SAMPLES), '--steps', String(STEPS), '--iters', String(ITERATIONS)],
            ]);
            const rates = PARTS.map(({ id, measured }) => [id, lines.find(({ name }) => name === measured).value]);
            return { rates: Object.fromEntries(rates) };
          },
        },
      ]),
  ...options.engines.split(',').map((engine) => ({
    title: `marlin, ${engine}, ${variant.title}`,
    variant,
    engine,
    rival: false,
    async measure() {
      const job = jobOf(variant, engine);
      const runs = [];
      for (const { id, update } of PARTS) runs.push([id, await measureWork(job, update, variant)]);
      if (!variant.asWritten) runs.push(['train', await measureTraining(job)]);
      return {
        rates: Object.fromEntries(runs.map(([id, { rate }]) => [id, rate])),
        splits: Object.fromEntries(runs.map(([id, { split }]) => [id, split])),
      };
    },
  })),
]);
await takeTurns(contestants, Number(options.repetitions), {
  tell: ({ rates }) =>
    Object.entries(rates)
      .map(([part, rate]) => `${part} ${thousands(rate)} k`)
      .join(', '),
});

const COLUMNS = [...PARTS, { id: 'train', title: 'rollout and update by train()', against: 'whole' }];
const results = [];
const figures = [];
console.log('| work | run | thousand agentSteps/s, median | min … max | × the notebook |\n|---|---|---|---|---|');
for (const variant of VARIANTS) {
  const own = contestants.filter((one) => one.variant === variant);
  const rival = own.find((one) => one.rival);
  for (const { id, title, against = id } of COLUMNS) {
    for (const contestant of own) {
      if (contestant.runs[0].rates[id] === undefined) continue;
      const rate = ofRuns(contestant, ({ rates }) => rates[id]);
      const ratio =
        contestant.rival || rival === undefined
          ? null
          : ratioOf(
              rate,
              ofRuns(rival, ({ rates }) => rates[against]),
            );
      results.push({ variant: variant.id, part: id, title: contestant.title, agentStepsPerSecond: rate, ratio });
      if (ratio !== null && variant.id === 'fixed') {
        figures.push({
          what: `${title}, ${contestant.engine}, × the notebook`,
          value: ratio.median,
          min: ratio.min,
          max: ratio.max,
        });
      }
      console.log(
        `| ${title} | ${contestant.title} | ${writeThousands(rate)} | ${ratio === null ? '' : writeRatio(ratio)} |`,
      );
    }
  }
}
const ours = contestants.filter(({ rival }) => !rival);
console.log('\n| µs per agentStep, medians | environment | policy | transfer | update |\n|---|---|---|---|---|');
for (const contestant of ours) {
  for (const { id, title } of COLUMNS) {
    if (contestant.runs[0].splits[id] === undefined) continue;
    const cells = ['environment', 'policy', 'transfer', 'update'].map((part) =>
      ofRuns(contestant, ({ splits }) => splits[id][part]).median.toFixed(3),
    );
    console.log(`| ${contestant.title}: ${title} | ${cells.join(' | ')} |`);
  }
}
const runs = contestants.map(({ title, runs: each }) => ({ title, runs: each }));
const report = {
  bench: 'training/notebook',
  ...circumstances(),
  pinned: canPin,
  torch: version,
  figures,
  results,
  runs,
};
writeResult(options.json, toJson(report));
