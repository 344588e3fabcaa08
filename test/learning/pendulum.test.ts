import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { inline } from './iterations.js';
import { example, learn } from './learn.js';

// A rod that hangs costs about 1200 in an episode; one that is swung up and held, 150, the more the lower it began.
describe('pendulum is swung up and held: 50 episodes cost less than 200 each', () => {
  const spec = example('pendulum');
  const ppo: JobSpecInput = {
    ...spec,
    policies: {
      '*': { network: { hidden: [64, 64] }, distribution: { kind: 'truncatedGaussian', initialLogStd: 0.5 } },
    },
    algorithm: {
      id: 'ppo',
      options: { learningRate: 1e-3, gamma: 0.95, lambda: 0.95, epochs: 10, minibatches: 8 },
    },
    rollout: { shards: 2, envsPerShard: 8, horizon: 200 },
  };
  const by = (id: string): JobSpecInput => ({ ...spec, algorithm: { ...spec.algorithm, id } });

  test.each<[string, JobSpecInput, number]>([
    ['examples/pendulum.json, which has sac', spec, 1],
    ['ddpg', by('ddpg'), 1],
    ['ddpg', by('ddpg'), 2],
    ['td3', by('td3'), 1],
    ['td3', by('td3'), 2],
    ['ppo', ppo, 1],
  ])('by %s', async (_, input, seed) => {
    const { evaluations, reason } = await learn(input, seed, inline);
    expect(evaluations[0]!.agents.motor!.return).toBeLessThan(-1000);
    expect(reason).toBe('return');
    expect(evaluations.at(-1)!.agents.motor!.return).toBeGreaterThan(-200);
  });
});
