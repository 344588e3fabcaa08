import { describe, expect, test } from 'vitest';
import { example, learn, mean, perStep, SEEDS } from './learn.js';

// Optimum: all agents say the same, reward 0. Before training the agents' numbers lie up to 6 apart.
describe.each(['median', 'median-mlp'])('examples/%s.json', (name) => {
  test.each(SEEDS)('seed %i: every agent loses less than 0.01 per step', async (seed) => {
    const { evaluations } = await learn(example(name), seed);
    expect(mean(perStep(evaluations[0]))).toBeLessThan(-0.5);
    for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.01);
  });
});

test.each([0, 1, 2])('lag %i learns too', async (lag) => {
  const { evaluations } = await learn({ ...example('median'), schedule: { lag }, stop: { iterations: 150 } }, 1);
  for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.01);
});

test('one shared policy, a third agent more, and whole instances as minibatches', async () => {
  const spec = example('median');
  const input = {
    ...spec,
    env: { id: 'median-v1', options: { agents: 4, steps: 50 } },
    stop: { iterations: 150 },
    policyMapping: 'shared' as const,
    algorithm: { ...spec.algorithm, options: { ...spec.algorithm?.options, shuffle: 'instances' } },
  };
  const { evaluations } = await learn(input, 2);
  for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.01);
});

test.each([true, false])('reinforce, with a baseline: %s', async (baseline) => {
  const input = {
    ...example('median'),
    algorithm: { id: 'reinforce', options: { baseline, gamma: 0, learningRate: 0.01 } },
    evaluation: { every: 0 },
    stop: { iterations: 500 },
  };
  const { evaluations } = await learn(input, 1);
  expect(mean(perStep(evaluations[0]))).toBeLessThan(-0.5);
  for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.01);
});

test('the notebook’s update pulls all numbers to 0, where all agree', async () => {
  const input = {
    ...example('median'),
    algorithm: { id: 'notebook' },
    rollout: { shards: 2, envsPerShard: 8, horizon: 100 },
    evaluation: { every: 0 },
    stop: { iterations: 400 },
  };
  const { evaluations } = await learn(input, 1);
  const { actions } = evaluations.at(-1)!.game;
  for (const steps of Object.values(actions)) expect(Math.abs(steps.at(-1)![0])).toBeLessThan(0.05);
  for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.01);
});
