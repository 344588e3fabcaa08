import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { inline, learnByIterations } from './iterations.js';
import { learn, perStep } from './learn.js';

describe('dqn reaches 475 at cart-pole, the mean of 100 episodes', () => {
  const cartpole: JobSpecInput = {
    env: { id: 'cartpole-v1' },
    algorithm: { id: 'dqn' },
    rollout: { shards: 1, envsPerShard: 8, horizon: 16 },
    evaluation: { every: 20, episodes: 100 },
    checkpoint: { every: 0 },
    stop: { iterations: 1000, return: 475 },
  };
  test.each([
    { name: 'with its defaults', seed: 2, options: {} },
    { name: 'by priority', seed: 2, options: { prioritized: {} } },
    { name: 'dueling', seed: 3, options: { dueling: true } },
    { name: 'over three steps', seed: 3, options: { nStep: 3 } },
  ])('$name', async ({ seed, options }) => {
    const { reason, evaluations } = await learn({ ...cartpole, algorithm: { id: 'dqn', options } }, seed);
    expect(evaluations[0]!.agents.cart!.return).toBeLessThan(200);
    expect(reason).toBe('return');
    expect(evaluations.at(-1)!.agents.cart!.return).toBeGreaterThanOrEqual(475);
  });
});

/** Values of even play. */
const even = { epsilon: 1, learningStarts: 100 };

// As the game's source has it: a sum of the agents' values cannot hold the risky game, a monotonic mixture can.
describe('two-step, explored evenly', () => {
  const twoStep = (id: string, more: Partial<JobSpecInput> = {}): JobSpecInput => ({
    env: { id: 'two-step-v1' },
    policies: { '*': { network: { hidden: [32] } } },
    algorithm: { id, options: { ...even, gamma: 1, learningRate: 1e-3 } },
    rollout: { shards: 1, envsPerShard: 16, horizon: 8 },
    evaluation: { episodes: 4 },
    checkpoint: { every: 0 },
    stop: { iterations: 200 },
    ...more,
  });
  test.each([
    { name: 'vdn', job: twoStep('vdn'), end: 7 },
    { name: 'qmix', job: twoStep('qmix'), end: 8 },
    { name: 'qmix of one shared policy', job: twoStep('qmix', { policyMapping: 'shared' }), end: 8 },
  ])('$name ends at $end', async ({ job, end }) => {
    const { evaluations } = await learnByIterations(job, 1, inline);
    for (const { return: paid } of Object.values(evaluations.at(-1)!.agents)) expect(paid).toBe(end);
  });
});

// Neither one's own mean over what the other does nor a sum of two values can hold these tables: the best joint action is never found.
describe('a matrix game, explored evenly', () => {
  test.each([
    { game: 'climbing', id: 'dqn', end: 5 },
    { game: 'climbing', id: 'vdn', end: 5 },
    { game: 'penalty', id: 'dqn', end: 2 },
    { game: 'penalty', id: 'vdn', end: 2 },
  ])('$game by $id ends at $end', async ({ game, id, end }) => {
    const job: JobSpecInput = {
      env: { id: 'matrix-v1', options: { game } },
      policies: { '*': { network: { hidden: [16] } } },
      algorithm: { id, options: { ...even, gamma: 0, learningRate: 5e-3, updatesPerIteration: 16 } },
      rollout: { shards: 1, envsPerShard: 16, horizon: 8 },
      evaluation: { episodes: 4 },
      checkpoint: { every: 0 },
      stop: { iterations: 120 },
    };
    const { evaluations } = await learnByIterations(job, 1, inline);
    for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBe(end);
  });
});
