import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { VerifyCase } from '../case.js';
import { returnTarget } from '../measuring.js';

type Algorithm = JobSpecInput['algorithm'];

const targets = [returnTarget(475, { atLeast: 475 })];

/** Training ends a little above what is asked for, since it is measured on other starts. */
const stop = { return: 490 };

const batches = (algorithm: Algorithm, change: Partial<JobSpecInput> = {}): JobSpecInput => ({
  env: { id: 'cartpole-v1' },
  algorithm,
  rollout: { shards: 4, envsPerShard: 8, horizon: 128 },
  evaluation: { every: 10, episodes: 100 },
  stop: { ...stop, iterations: 300 },
  ...change,
});

/** Many small iterations, each with updates out of the replay. */
const replayed = (algorithm: Algorithm, change: Partial<JobSpecInput> = {}): JobSpecInput => ({
  env: { id: 'cartpole-v1' },
  policies: { '*': { network: { activation: 'relu' } } },
  algorithm,
  rollout: { shards: 1, envsPerShard: 8, horizon: 16 },
  evaluation: { every: 20, episodes: 100 },
  stop: { ...stop, iterations: 1500 },
  ...change,
});

const ppo = { id: 'ppo', options: { learningRate: 0.001, entropyCoefficient: 0.01 } };
/** One step per batch. */
const onePass = { learningRate: 0.001, entropyCoefficient: 0.01 };
const impala = { id: 'impala', options: onePass };
const often = { rollout: { shards: 2, envsPerShard: 16, horizon: 32 }, stop: { ...stop, iterations: 800 } };
/** Squared errors over three steps, and steps that get small: values that go on moving lose what was learned. */
const slowing = {
  nStep: 3,
  huberDelta: 100,
  learningRate: { kind: 'exponential', from: 0.0005, to: 0.00005, iterations: 800 },
};
const async = { schedule: { kind: 'async' as const } };

const job = (algorithm: string, input: JobSpecInput, more: Partial<VerifyCase> = {}): VerifyCase => ({
  game: 'cartpole',
  algorithm,
  job: input,
  targets,
  ...more,
});

export const cartpole: readonly VerifyCase[] = [
  job('ppo', batches(ppo)),
  job('ppo', batches(ppo, async), { variant: 'async' }),
  job('ppo', batches({ id: 'ppo', options: { ...ppo.options, advantages: 'vtrace' } }), { variant: 'vtrace' }),
  job('mappo', batches({ id: 'mappo', options: ppo.options })),
  job(
    'reinforce',
    batches({ id: 'reinforce', options: { learningRate: 0.01 } }, { stop: { ...stop, iterations: 1500 } }),
  ),
  job('a2c', batches({ id: 'a2c', options: onePass }, often), { short: true }),
  job('impala', batches(impala, often), { short: true }),
  job('impala', batches(impala, { ...often, ...async }), { variant: 'async' }),
  job('dqn', replayed({ id: 'dqn', options: slowing })),
  job(
    'sac',
    replayed(
      {
        id: 'sac',
        options: {
          updatesPerIteration: 64,
          batchSize: 128,
          tau: 0.02,
          nStep: 10,
          targetEntropyShare: 0.1,
          initialTemperature: 0.2,
        },
      },
      {
        policies: { '*': { network: { hidden: [128] } } },
        rollout: { shards: 1, envsPerShard: 16, horizon: 16 },
        evaluation: { every: 10, episodes: 100 },
        stop: { ...stop, iterations: 300 },
      },
    ),
  ),
];
