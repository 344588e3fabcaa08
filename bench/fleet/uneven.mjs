/** Question: what does a slow actor cost, in lockstep and in the asynchronous schedule? CartPole over Redis with two actor processes of
 *  one slot whose environments wait at every step, one of them `--slower` times as long; IMPALA on as many batches per iteration in
 *  both schedules; agentSteps/s, iterations, lag and the return reached after as many seconds.
 *
 *    npm run build && node bench/fleet/uneven.mjs [--seconds 20] [--shards 2,4] [--seeds 2] [--slower 5] [--step-ms 2] [--json <file>]
 *
 *  The waiting makes the difference between the actors, not the processors: it is the same on a busy machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { algorithmCatalog } from '../../dist/src/algorithms/index.js';
import { createEnvironmentCatalog } from '../../dist/src/envs/index.js';
import { resolveJobSpec } from '../../dist/src/jobs/index.js';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { summary } from '../training/parts/statistics.mjs';
import { Service, startServer } from './parts/fleet.mjs';
import { environment } from './parts/paced-environment.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    shards: { type: 'string', default: '2,4' },
    seeds: { type: 'string', default: '2' },
    slower: { type: 'string', default: '5' },
    'step-ms': { type: 'string', default: '2' },
    json: { type: 'string', default: 'bench/results/fleet-uneven.json' },
  },
});
const [SECONDS, SEEDS, SLOWER, STEP_MS] = ['seconds', 'seeds', 'slower', 'step-ms'].map((name) =>
  Number(options[name]),
);
const ENVIRONMENT = fileURLToPath(new URL('./parts/paced-environment.mjs', import.meta.url));
const FLEETS = [
  { id: 'even', title: 'both alike', paces: [1, 1] },
  { id: 'uneven', title: `one ${SLOWER} times slower`, paces: [1, SLOWER] },
];

const specOf = (shards, kind, seed) =>
  resolveJobSpec(
    {
      seed,
      env: { id: environment.id },
      policies: { '*': { network: { hidden: [32] } } },
      algorithm: { id: 'impala', options: { learningRate: 0.003, minibatches: 2, entropyCoefficient: 0.005 } },
      rollout: { shards, envsPerShard: 16, horizon: 64 },
      schedule: kind === 'async' ? { kind, batches: shards } : { kind, lag: 1 },
      evaluation: { every: 0, episodes: 32 },
      checkpoint: { every: 0 },
      stop: { wallSeconds: SECONDS },
    },
    { environments: createEnvironmentCatalog([environment]), algorithms: algorithmCatalog },
  );

/** A Redis, a learner, and an actor for each pace. */
async function startActors(paces) {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'marlin-bench-'));
  const shared = { REDIS_URL: server.url, MARLIN_ENVS: ENVIRONMENT };
  const services = [
    new Service('learner', { ...shared, LEARNER_THREADS: '1', CHECKPOINT_DIR: folder }, 0),
    ...paces.map(
      (pace) => new Service('actor', { ...shared, ACTOR_SLOTS: '1', BENCH_STEP_MS: String(pace * STEP_MS) }, 0),
    ),
  ];
  await Promise.all(services.map((service) => service.started));
  return {
    ...server,
    async stop() {
      await Promise.all(services.map((service) => service.stop()));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What became of one job. */
async function run({ broker }, jobId, spec) {
  const now = Date.now();
  await broker.jobs.submit({ jobId, state: 'queued', spec: JSON.stringify(spec), createdAt: now, updatedAt: now });
  const iterations = [];
  let reached = Number.NaN;
  for await (const { payload } of broker.events.follow(jobId, 0, new AbortController().signal)) {
    const event = JSON.parse(payload);
    if (event.type === 'failed') throw new Error(`job ${jobId} failed: ${event.message}`);
    if (event.type === 'evaluation') reached = Object.values(event.agents)[0].return;
    if (event.type === 'iteration') iterations.push(event);
    if (event.type === 'finished') break;
  }
  const { agentSteps, wallSeconds } = iterations.at(-1);
  const mean = (of) => iterations.reduce((sum, event) => sum + of(event), 0) / iterations.length;
  return {
    rate: agentSteps / wallSeconds,
    iterations: iterations.length,
    lag: mean(({ policyLag }) => policyLag),
    greatestLag: Math.max(...iterations.map(({ policyLag }) => policyLag)),
    dropped: iterations.reduce((sum, { batchesDropped = 0 }) => sum + batchesDropped, 0),
    return: reached,
    load: loadAverage(),
  };
}

const results = [];
for (const fleet of FLEETS) {
  const actors = await startActors(fleet.paces);
  try {
    for (const shards of options.shards.split(',').map(Number)) {
      const runs = { lockstep: [], async: [] };
      for (let seed = 1; seed <= SEEDS; seed++) {
        for (const kind of Object.keys(runs)) {
          const found = await run(actors, `${fleet.id}-${shards}-${kind}-${seed}`, specOf(shards, kind, seed));
          runs[kind].push(found);
          console.error(`${fleet.title}, ${shards} shards, ${kind}, seed ${seed}: ${JSON.stringify(found)}`);
        }
      }
      results.push({ fleet: fleet.id, title: fleet.title, shards, runs });
    }
  } finally {
    await actors.stop();
  }
}

console.log(
  '| actors | shards | schedule | agentSteps/s, median | × lockstep | iterations | lag, mean (greatest) | dropped | return, by seed |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
const median = (runs, of) => summary(runs.map(of)).median;
for (const { title, shards, runs } of results) {
  const base = median(runs.lockstep, ({ rate }) => rate);
  for (const [kind, list] of Object.entries(runs)) {
    const rate = median(list, (found) => found.rate);
    const cells = [
      title,
      shards,
      kind,
      Math.round(rate).toLocaleString('en-US'),
      (rate / base).toFixed(2),
      median(list, ({ iterations }) => iterations),
      `${median(list, ({ lag }) => lag).toFixed(1)} (${Math.max(...list.map(({ greatestLag }) => greatestLag))})`,
      list.reduce((sum, { dropped }) => sum + dropped, 0),
      list.map((found) => found.return.toFixed(0)).join(', '),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
const settings = { seconds: SECONDS, slower: SLOWER, stepMs: STEP_MS };
writeResult(options.json, toJson({ bench: 'fleet/uneven', ...circumstances(), ...settings, results }));
