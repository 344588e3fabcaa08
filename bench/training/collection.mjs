/** Question: how fast is collecting alone, and what of it is the environment's, what the policies'? The median game, 3 agents, 256
 *  instances × 128 steps: stepping, resets, forward passes, sampling, log-probabilities, and the trajectory written as it is sent.
 *  Rivals, in the same run and on the same core: the rollouts of PyTorch and JAX, without the critic, which ours has in its update.
 *
 *    npm run build && node bench/training/collection.mjs [--repetitions 5] [--only linear,mlp,mlp-history] [--engines native,wasm]
 *      [--seconds 1] [--python python3] [--json <file>]
 *
 *  Each measurement is a process of its own on core 0, and they take turns; a run's figure is the median of its batches after a
 *  warm-up. `environment` is stepping and bookkeeping, `policy` forward passes and sampling, `transfer` copying what was written. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { medianJob } from './parts/job.mjs';
import { canPin, libraryVersion, PYTHON, REPETITIONS, runPinned } from './parts/processes.mjs';
import { circumstances, toJson, writeResult } from './parts/report.mjs';
import { ofRuns, ratioOf, takeTurns, thousands, writeRatio, writeThousands } from './parts/rounds.mjs';
import { RIVALS, rivalArguments, WORKLOADS } from './parts/variants.mjs';

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: REPETITIONS },
    only: { type: 'string', default: WORKLOADS.map(({ id }) => id).join(',') },
    engines: { type: 'string', default: 'native,wasm' },
    seconds: { type: 'string', default: '1' },
    python: { type: 'string', default: PYTHON },
    json: { type: 'string', default: 'bench/results/training-collection.json' },
  },
});
const INLINE_WORK = fileURLToPath(new URL('./parts/inline-work.mjs', import.meta.url));
const SPLIT = ['environment', 'policy', 'transfer'];
/** Batches that a rival collects. */
const BATCHES = 16;

const versions = { torch: libraryVersion(options.python, 'torch'), jax: libraryVersion(options.python, 'jax, optax') };
for (const [library, version] of Object.entries(versions)) {
  if (version === null) console.log(`No ${library} in ${options.python}: it is not compared with.\n`);
}
// The shuffle is the update's, so that either of JAX's variants serves.
const rivals = RIVALS.filter(
  ({ cores, shuffle, library }) => cores.length === 1 && shuffle === 'samples' && versions[library] !== null,
);
const workloads = WORKLOADS.filter(({ id }) => options.only.split(',').includes(id));
const contestants = workloads.flatMap((workload) => [
  ...options.engines.split(',').map((engine) => ({
    workload,
    name: `marlin, ${engine}`,
    title: `${workload.title}, marlin, ${engine}`,
    async measure() {
      const { hidden, history } = workload;
      const job = medianJob({ engine, hidden, history, shuffle: 'samples', shards: 1 });
      const settings = { job, update: false, seconds: Number(options.seconds) };
      const [run] = await runPinned([0], process.execPath, [INLINE_WORK, JSON.stringify(settings)]);
      return { rate: run.agentStepsPerSecond.median, split: run.microsecondsPerAgentStep };
    },
  })),
  ...rivals.map((rival) => ({
    workload,
    rival,
    name: rival.title,
    title: `${workload.title}, ${rival.title}`,
    async measure() {
      const parameters = [...rivalArguments(workload, rival, BATCHES), '--part', 'rollout'];
      const [run] = await runPinned(rival.cores, options.python, parameters);
      return { rate: run.value };
    },
  })),
]);
await takeTurns(contestants, Number(options.repetitions), { tell: ({ rate }) => `${thousands(rate)} k` });

const figures = [];
const results = [];
for (const workload of workloads) {
  const own = contestants.filter((one) => one.workload === workload);
  console.log(`\n${workload.title}, one core, thousand agentSteps/s`);
  const columns = rivals.map(({ title }) => ` × ${title} |`).join('');
  console.log(`| run | median | min … max |${columns} µs per agentStep: ${SPLIT.join(', ')} |`);
  console.log(`|---|---|---|${'---|'.repeat(rivals.length + 1)}`);
  for (const contestant of own) {
    const rate = ofRuns(contestant, (run) => run.rate);
    const ratios = rivals.map((rival) => {
      if (contestant.rival !== undefined) return null;
      const other = own.find((one) => one.rival === rival);
      return ratioOf(
        rate,
        ofRuns(other, (run) => run.rate),
      );
    });
    const split =
      contestant.rival === undefined ? SPLIT.map((part) => ofRuns(contestant, (run) => run.split[part]).median) : [];
    const { median, min, max } = rate;
    if (contestant.rival === undefined) {
      figures.push({
        what: `${contestant.title}, thousand agentSteps/s`,
        value: median / 1000,
        min: min / 1000,
        max: max / 1000,
      });
    }
    for (const [r, ratio] of ratios.entries()) {
      if (ratio !== null) {
        figures.push({
          what: `${contestant.title}, × ${rivals[r].title}`,
          value: ratio.median,
          min: ratio.min,
          max: ratio.max,
        });
      }
    }
    results.push({ workload: workload.id, name: contestant.name, agentStepsPerSecond: rate, split, ratios });
    const cells = [writeThousands(rate), ...ratios.map((ratio) => (ratio === null ? '' : writeRatio(ratio)))];
    console.log(`| ${contestant.name} | ${cells.join(' | ')} | ${split.map((part) => part.toFixed(3)).join(', ')} |`);
  }
}
const runs = contestants.map(({ title, runs: each }) => ({ title, runs: each }));
const report = { bench: 'training/collection', ...circumstances(), pinned: canPin, versions, figures, results, runs };
writeResult(options.json, toJson(report));
