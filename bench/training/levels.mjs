/** Question: what does a hierarchical or composite action cost beside a box of the same size? A seller that names a price
 *  (posted-price-v1, one box), that first decides whether to (enter-offer-v1, two levels: one network with two heads, or a
 *  network each), and that does both in one number (composite). 256 instances × 128 steps, PPO with 4 epochs × 4 minibatches.
 *
 *    npm run build && node bench/training/levels.mjs [--repetitions 3] [--hidden 64,64] [--cores 0] [--patience 0] [--json <file>]
 *
 *  Each measurement is a process of its own on the same core, all in turns; the ratio is to the box's median of the same run. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runPinned, waitForQuiet } from './parts/processes.mjs';
import { circumstances, toJson, writeResult } from './parts/report.mjs';
import { summary } from './parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '3' },
    hidden: { type: 'string', default: '64,64' },
    cores: { type: 'string', default: '0' },
    patience: { type: 'string', default: '0' },
    json: { type: 'string', default: 'bench/results/training-levels.json' },
  },
});
const hidden = options.hidden === '' ? [] : options.hidden.split(',').map(Number);
const cores = options.cores.split(',').map(Number);
const MEASURED_RUN = fileURLToPath(new URL('./parts/measured-run.mjs', import.meta.url));
const NEVER = Number.MAX_SAFE_INTEGER;

const enterOffer = (actions) => ({ id: 'enter-offer-v1', options: { actions } });
const VARIANTS = [
  { title: 'box', env: { id: 'posted-price-v1' } },
  { title: 'two levels, shared network', env: enterOffer('hierarchical') },
  {
    title: 'two levels, shared network, shared credit',
    env: enterOffer('hierarchical'),
    algorithm: { credit: 'shared' },
  },
  { title: 'two levels, separate networks', env: enterOffer('hierarchical'), policy: { levelNetworks: 'separate' } },
  { title: 'composite', env: enterOffer('composite') },
];

const jobOf = ({ env, policy = {}, algorithm = {} }) => ({
  name: 'bench',
  env,
  policies: { '*': { network: { hidden }, ...policy } },
  algorithm: { id: 'ppo', options: { gamma: 0, epochs: 4, minibatches: 4, ...algorithm } },
  rollout: { shards: 1, envsPerShard: 256, horizon: 128 },
  evaluation: { every: 0, episodes: 1, maxSteps: 1 },
  checkpoint: { every: 0, keep: 1 },
  stop: { iterations: NEVER },
});

const runs = VARIANTS.map(() => []);
for (let round = 1; round <= Number(options.repetitions); round++) {
  for (const [v, variant] of VARIANTS.entries()) {
    await waitForQuiet(Number(options.patience));
    const settings = { job: jobOf(variant), actors: 0, learners: 0 };
    const [run] = await runPinned(cores, process.execPath, [MEASURED_RUN, JSON.stringify(settings)]);
    runs[v].push(run);
    console.error(`round ${round}: ${variant.title}: ${Math.round(run.agentStepsPerSecond.median / 1000)} k`);
  }
}

const results = VARIANTS.map(({ title }, v) => ({
  title,
  agentStepsPerSecond: summary(runs[v].map((run) => run.agentStepsPerSecond.median)),
  busyCores: runs[v].map((run) => run.busyCores),
  microsecondsPerAgentStep: Object.fromEntries(
    ['policy', 'update'].map((part) => [
      part,
      summary(runs[v].map((run) => run.microsecondsPerAgentStep[part])).median,
    ]),
  ),
}));
const thousands = (rate) => Math.round(rate / 1000).toLocaleString('en-US');
const box = results[0].agentStepsPerSecond;
console.log(`\nhidden [${hidden}], thousand agentSteps/s, ${cores.length} core(s)\n`);
console.log(
  '| action | median | min … max | × box (median; best) | µs per agentStep: policy, update |\n|---|---|---|---|---|',
);
for (const { title, agentStepsPerSecond: rate, microsecondsPerAgentStep: split } of results) {
  const ratio = `${(rate.median / box.median).toFixed(2)}; ${(rate.max / box.max).toFixed(2)}`;
  const range = `${thousands(rate.min)} … ${thousands(rate.max)}`;
  console.log(
    `| ${title} | ${thousands(rate.median)} | ${range} | ${ratio} | ${split.policy.toFixed(2)}, ${split.update.toFixed(2)} |`,
  );
}
writeResult(options.json, toJson({ ...circumstances(), hidden, results }));
