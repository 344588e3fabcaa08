/** Question: what does writing TensorBoard's event files cost a training run in one thread, without histograms, with one every ten
 *  iterations, and with one every iteration? The time inside the log's calls is set against the whole run's, in one process, so
 *  that what else the machine does hits both.
 *
 *    npm run build && node bench/metrics/tensorboard.mjs [--iterations 200] [--json <file>] */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TensorBoardLog } from '../../dist/cli/tensorboard/log.js';
import { train } from '../../dist/src/index.js';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';

const { values: options } = parseArgs({
  options: {
    iterations: { type: 'string', default: '200' },
    json: { type: 'string', default: 'bench/results/metrics-tensorboard.json' },
  },
});
const iterations = Number(options.iterations);

const JOBS = [
  { title: 'three linear policies, 38,400 agent steps', env: { id: 'median-v1' }, hidden: [], envs: 128, horizon: 100 },
  {
    title: 'one policy of 256 × 256, 4,096 agent steps',
    env: { id: 'two-rooms-v1' },
    hidden: [256, 256],
    envs: 128,
    horizon: 32,
  },
];

const results = [];
for (const { title, env, hidden, envs, horizon } of JOBS) {
  for (const histogramsEvery of [0, 10, 1]) {
    const folder = mkdtempSync(join(tmpdir(), 'marlin-bench-'));
    let inside = 0;
    const timed = (work) => {
      const begun = performance.now();
      const answer = work();
      inside += performance.now() - begun;
      return answer;
    };
    const log = new TensorBoardLog({ folder, histogramsEvery }, { now: () => Date.now() / 1000, note: console.error });
    const begun = performance.now();
    await train(
      {
        env,
        policies: { '*': { network: { hidden } } },
        rollout: { shards: 1, envsPerShard: envs, horizon },
        evaluation: { every: 0, episodes: 1, maxSteps: 1 },
        checkpoint: { every: 0 },
        stop: { iterations },
      },
      {
        actors: 0,
        learners: 0,
        onEvent: (event) => timed(() => log.onEvent(event)),
        inspector: { wants: log.inspector.wants, look: (view) => timed(() => log.inspector.look(view)) },
      },
    );
    timed(() => log.close());
    const share = inside / (performance.now() - begun);
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    rmSync(folder, { recursive: true });
    results.push({ title, histogramsEvery, share, bytesPerIteration: bytes / iterations });
  }
}

console.log(
  '| job, agent steps of an iteration | histograms every | share of the time | bytes per iteration |\n|---|---|---|---|',
);
for (const { title, histogramsEvery, share, bytesPerIteration } of results) {
  const every = histogramsEvery === 0 ? 'none' : histogramsEvery;
  console.log(`| ${title} | ${every} | ${(100 * share).toFixed(2)} % | ${Math.round(bytesPerIteration)} |`);
}
if (options.json !== '') writeResult(options.json, toJson({ circumstances: circumstances(), results }));
