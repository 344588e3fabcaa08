import { describe, expect, test } from 'vitest';
import { inline } from './iterations.js';
import { example, learn, mean, perStep } from './learn.js';

const rollout = { shards: 1, envsPerShard: 16, horizon: 16 };

test.each([1, 2])('discrete sac reaches 475 at cart-pole, the mean of 100 episodes: seed %i', async (seed) => {
  const options = { learningRate: 1e-3, tau: 0.02, batchSize: 128, nStep: 10, targetEntropyShare: 0.1 };
  const { reason, evaluations } = await learn(
    {
      ...example('cartpole'),
      policies: { '*': { network: { hidden: [128] } } },
      algorithm: { id: 'sac', options: { ...options, initialTemperature: 0.2 } },
      rollout,
      stop: { iterations: 200, return: 475 },
    },
    seed,
    inline,
  );
  expect(evaluations[0]!.agents.cart!.return).toBeLessThan(200);
  expect(reason).toBe('return');
  expect(evaluations.at(-1)!.agents.cart!.return).toBeGreaterThanOrEqual(475);
});

test.each(['independent', 'shared'] as const)('maddpg, %s policies, plays the median game', async (policyMapping) => {
  const { policies } = example('median');
  const { evaluations } = await learn(
    {
      ...example('median'),
      policyMapping,
      policies: { '*': { ...policies!['*'], valueNetwork: { hidden: [64, 64], activation: 'relu' } } },
      algorithm: {
        id: 'maddpg',
        options: { gamma: 0, learningRate: 3e-3, tau: 0.02, batchSize: 128, updatesPerIteration: 32 },
      },
      rollout: { shards: 1, envsPerShard: 8, horizon: 20 },
      evaluation: { every: 0 },
      stop: { iterations: 80 },
    },
    2,
    inline,
  );
  if (policyMapping === 'independent') expect(mean(perStep(evaluations[0]!))).toBeLessThan(-0.5);
  for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.01);
});

describe('maddpg of choices', () => {
  // The best is 11 at one corner, which costs 30 where only one of them goes there: what a draw of the other is worth decides.
  test('ends at 5 in the climbing game', async () => {
    const { evaluations } = await learn(
      {
        env: { id: 'matrix-v1', options: { game: 'climbing' } },
        policies: { '*': { network: { hidden: [16] } } },
        algorithm: {
          id: 'maddpg',
          options: {
            gamma: 0,
            learningRate: 5e-3,
            tau: 0.05,
            batchSize: 128,
            updatesPerIteration: 16,
            learningStarts: 500,
          },
        },
        rollout: { shards: 1, envsPerShard: 16, horizon: 8 },
        evaluation: { every: 0, episodes: 4 },
        stop: { iterations: 60 },
      },
      1,
      inline,
    );
    for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBe(5);
  });

  // Half of what uniform actions lose; what the words are worth comes later.
  test('a listener goes where landmarks are', async () => {
    const { evaluations } = await learn(
      {
        env: { id: 'simple-speaker-listener-v1' },
        policies: { '*': { network: { hidden: [64], activation: 'relu' } } },
        algorithm: {
          id: 'maddpg',
          options: {
            gamma: 0.95,
            learningRate: 2e-3,
            criticLearningRate: 4e-3,
            tau: 0.02,
            updatesPerIteration: 16,
            learningStarts: 2000,
          },
        },
        rollout: { shards: 1, envsPerShard: 16, horizon: 25 },
        evaluation: { every: 0, episodes: 500 },
        stop: { iterations: 40 },
      },
      1,
      inline,
    );
    expect(evaluations.at(-1)!.agents['listener-0']!.return).toBeGreaterThan(-22);
  });
});
