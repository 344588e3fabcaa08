import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { Target, VerifyCase } from '../case.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

// Food that some can load alone and some only together; what all agents are paid in an episode adds up to 1 where everything is collected.
const target: Target = {
  quantity: 'return of all',
  known: 1,
  bound: { atLeast: 0.9 },
  measure: async ({ evaluate }) =>
    Object.values((await evaluate(400)).agents).reduce((sum, agent) => sum + agent.return, 0),
};

const verified = (algorithm: Algorithm, change: Partial<JobSpecInput> = {}): VerifyCase => ({
  game: 'level-foraging',
  algorithm: algorithm.id!,
  targets: [target],
  job: {
    env: { id: 'level-foraging-v1', options: { size: 5, foods: 1, masked: true } },
    algorithm,
    rollout: { shards: 2, envsPerShard: 32, horizon: 32 },
    evaluation: { every: 20, episodes: 200 },
    stop: { iterations: 400, return: 0.48 },
    ...change,
  },
});

const clipped = { learningRate: 0.002, entropyCoefficient: 0.01, gamma: 0.97 };

export const foraging: readonly VerifyCase[] = [verified({ id: 'ppo', options: clipped })];
