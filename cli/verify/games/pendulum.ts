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

const offPolicy = { learningRate: 0.002, tau: 0.01, batchSize: 64, updatesPerIteration: 64 };

export const pendulum: readonly VerifyCase[] = [
  verified(
    { id: 'ppo', options: { learningRate: 0.001, gamma: 0.9, epochs: 10, minibatches: 8 } },
    {
      policies: { '*': { distribution: { kind: 'truncatedGaussian', initialLogStd: 0.5 } } },
      rollout: { shards: 2, envsPerShard: 8, horizon: 200 },
    },
  ),
  verified({ id: 'ddpg', options: offPolicy }),
  verified({ id: 'td3', options: offPolicy }),
  verified({ id: 'sac', options: offPolicy }),
];
