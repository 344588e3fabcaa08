import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { VerifyCase } from '../case.js';
import { rewardTarget } from '../measuring.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

// All say the same: nobody pays.
const verified = (
  algorithm: Algorithm,
  change: Partial<JobSpecInput> = {},
  more: Partial<VerifyCase> = {},
): VerifyCase => ({
  game: 'median',
  algorithm: algorithm.id!,
  targets: [rewardTarget(0, { atLeast: -0.02 })],
  job: {
    env: { id: 'median-v1', options: { agents: 3, steps: 100 } },
    policies: {
      '*': {
        network: { hidden: [], outputGain: 1, outputBias: 3 },
        distribution: { logStdBounds: [-3, 2] },
      },
    },
    algorithm,
    rollout: { shards: 4, envsPerShard: 32, horizon: 100 },
    evaluation: { every: 10 },
    stop: { iterations: 400, return: -0.5 },
    ...change,
  },
  ...more,
});

const ppo = { id: 'ppo', options: { learningRate: 0.003, gamma: 0 } };
const impala = { id: 'impala', options: { learningRate: 0.01, gamma: 0 } };
const async = { schedule: { kind: 'async' as const } };

const replayed = (algorithm: Algorithm, short = false): VerifyCase =>
  verified(
    algorithm,
    {
      policies: {
        '*': {
          network: { hidden: [], outputGain: 1, outputBias: 3 },
          valueNetwork: { hidden: [64, 64], activation: 'relu' },
        },
      },
      rollout: { shards: 1, envsPerShard: 8, horizon: 20 },
    },
    { short },
  );
const offPolicy = { gamma: 0, batchSize: 128, updatesPerIteration: 32, learningRate: 0.003, tau: 0.02 };

export const median: readonly VerifyCase[] = [
  verified(ppo),
  verified(ppo, async, { variant: 'async' }),
  verified({ id: 'mappo', options: ppo.options }),
  verified({ id: 'reinforce', options: { learningRate: 0.01, gamma: 0 } }),
  verified({ id: 'a2c', options: { learningRate: 0.01, gamma: 0 } }, { schedule: { lag: 0 } }),
  verified(impala),
  verified(
    { id: 'impala', options: { ...impala.options, learningRate: 0.003 } },
    { ...async, stop: { iterations: 1500, return: -0.5 } },
    { variant: 'async' },
  ),
  verified({ id: 'notebook' }, { rollout: { shards: 2, envsPerShard: 8, horizon: 100 } }, { short: true }),
  replayed({ id: 'ddpg', options: offPolicy }),
  replayed({ id: 'td3', options: offPolicy }),
  replayed({ id: 'sac', options: offPolicy }),
  replayed({ id: 'maddpg', options: offPolicy }, true),
];
