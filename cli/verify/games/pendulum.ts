import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { VerifyCase } from '../case.js';
import { returnTarget } from '../measuring.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

const verified = (algorithm: Algorithm, change: Partial<JobSpecInput> = {}): VerifyCase => ({
  game: 'pendulum',
  algorithm: algorithm.id!,
  targets: [returnTarget(-150, { atLeast: -200 })],
  job: {
    env: { id: 'pendulum-v1' },
    policies: { '*': { network: { activation: 'relu' } } },
    algorithm,
    rollout: { shards: 1, envsPerShard: 8, horizon: 16 },
    evaluation: { every: 10, episodes: 100 },
    stop: { iterations: 400, return: -175 },
    ...change,
  },
});

const offPolicy = { updatesPerIteration: 64, batchSize: 128 };

export const pendulum: readonly VerifyCase[] = [
  verified(
    { id: 'ppo', options: { learningRate: 0.001, gamma: 0.95, epochs: 8 } },
    {
      policies: { '*': { network: { hidden: [64, 64] } } },
      rollout: { shards: 2, envsPerShard: 16, horizon: 128 },
      stop: { iterations: 300, return: -175 },
    },
  ),
  verified({ id: 'ddpg', options: offPolicy }),
  verified({ id: 'td3', options: offPolicy }),
  verified({ id: 'sac', options: offPolicy }),
];
