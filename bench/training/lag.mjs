/** Question: does the correction of V-trace help where acting trails learning? CartPole, lockstep schedule, lag 0 to 4 iterations: a2c
 *  learns as if its batches were its own policy's, impala weighs them by V-trace; all else is the same. Returns are those of the
 *  policies' modes, over 100 episodes, along training; a run has forgotten that falls below 100 after it reached 475.
 *
 *    npm run build && node bench/training/lag.mjs [--seeds 5] [--iterations 600] [--lags 0,1,2,4] [--rate 0.0003] [--json <file>] */
import { parseArgs } from 'node:util';
import { train } from '../../dist/src/index.js';
import { circumstances, toJson, writeResult } from './parts/report.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    iterations: { type: 'string', default: '600' },
    lags: { type: 'string', default: '0,1,2,4' },
    rate: { type: 'string', default: '0.0003' },
    json: { type: 'string', default: 'bench/results/training-lag.json' },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, k) => k + 1);
const iterations = Number(values.iterations);
const POINTS = 15;
const SOLVED = 475;
const FORGOTTEN = 100;

const job = (algorithm, lag, seed) => ({
  seed,
  env: { id: 'cartpole-v1' },
  algorithm: {
    id: algorithm,
    options: {
      learningRate: Number(values.rate),
      lambda: 0.95,
      minibatches: 4,
      entropyCoefficient: 0.01,
    },
  },
  rollout: { shards: 2, envsPerShard: 16, horizon: 32 },
  schedule: { lag },
  evaluation: { every: Math.ceil(iterations / POINTS), episodes: 100 },
  checkpoint: { every: 0 },
  stop: { iterations },
});

async function measure(algorithm, lag, seed) {
  const curve = [];
  await train(job(algorithm, lag, seed), {
    actors: 0,
    learners: 0,
    onEvent: (event) => {
      if (event.type !== 'evaluation') return;
      curve.push({ iteration: event.iteration, agentSteps: event.agentSteps, return: event.agents.cart.return });
    },
  });
  const solved = curve.findIndex((point) => point.return >= SOLVED);
  return {
    seed,
    curve,
    solvedAt: curve[solved]?.agentSteps ?? null,
    forgot: solved >= 0 && curve.slice(solved).some((point) => point.return < FORGOTTEN),
  };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const results = [];
console.log(
  '| algorithm | lag | return, mean | second half | at the end | reached 475 | agentSteps to 475, median | forgot |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const lag of values.lags.split(',').map(Number)) {
  for (const algorithm of ['a2c', 'impala']) {
    const runs = [];
    for (const seed of seeds) runs.push(await measure(algorithm, lag, seed));
    const returns = runs.map(({ curve }) => curve.slice(1).map((point) => point.return));
    const whole = mean(returns.flat());
    const secondHalf = mean(returns.flatMap((curve) => curve.slice(curve.length >> 1)));
    const solved = runs.flatMap(({ solvedAt }) => solvedAt ?? []).sort((a, b) => a - b);
    const median = solved.length === 0 ? null : solved[solved.length >> 1];
    const end = mean(returns.map((curve) => curve.at(-1)));
    const forgot = runs.filter((run) => run.forgot).length;
    results.push({
      algorithm,
      lag,
      whole,
      secondHalf,
      end,
      solved: solved.length,
      medianSteps: median,
      forgot,
      runs,
    });
    console.log(
      `| ${algorithm} | ${lag} | ${whole.toFixed(0)} | ${secondHalf.toFixed(0)} | ${end.toFixed(0)} | ${solved.length} of ${runs.length} | ${median ?? '–'} | ${forgot} of ${runs.length} |`,
    );
  }
}
writeResult(values.json, toJson({ ...circumstances(), ...values, results }));
