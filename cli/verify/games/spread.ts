import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { VerifyCase } from '../case.js';
import { returnTarget } from '../measuring.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

// Scripts that share the landmarks out and look ahead get −8.3 and −7.5, uniform actions −26.4.
const verified = (algorithm: Algorithm, change: Partial<JobSpecInput> = {}): VerifyCase => ({
  game: 'simple-spread',
  algorithm: algorithm.id!,
  targets: [returnTarget(-7.5, { atLeast: -12 }, 400)],
  job: {
    env: { id: 'simple-spread-v1' },
    policyMapping: 'shared',
    algorithm,
    rollout: { shards: 2, envsPerShard: 64, horizon: 25 },
    evaluation: { every: 20, episodes: 200 },
    stop: { iterations: 600, return: -11.5 },
    ...change,
  },
});

const clipped = { learningRate: 0.001, entropyCoefficient: 0.01, gamma: 0.95 };

export const spread: readonly VerifyCase[] = [
  verified({ id: 'ppo', options: clipped }),
  verified({ id: 'mappo', options: clipped }),
];
