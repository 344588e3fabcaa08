import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../src/checkpoints/index.js';
import { evaluateCheckpoint, runTraining } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';
import { example, learn, SEEDS } from './learn.js';

describe('examples/cartpole.json', () => {
  test.each(SEEDS)('seed %i reaches 475, the mean of 100 episodes', async (seed) => {
    const { reason, evaluations } = await learn(example('cartpole'), seed);
    expect(evaluations[0].agents.cart.return).toBeLessThan(200);
    expect(reason).toBe('return');
    expect(evaluations.at(-1)!.agents.cart.return).toBeGreaterThanOrEqual(475);
    expect(evaluations.at(-1)!.episodes).toBe(100);
  });

  test('and holds it on other starts than those it was stopped on', async () => {
    const checkpoints = createMemoryCheckpointStore();
    const spec = resolve({ ...example('cartpole'), seed: 3, stop: { iterations: 80 } });
    await runTraining('held', spec, { checkpoints });
    const { checkpoint } = (await checkpoints.newest())!;
    const { agents, episodes } = await evaluateCheckpoint(spec, checkpoint, { episodes: 100, seed: 12_345 });
    expect(episodes).toBe(100);
    expect(agents.cart.return).toBeGreaterThanOrEqual(475);
  });
});

test('reinforce with a baseline improves cart-pole far beyond chance', async () => {
  const input = {
    ...example('cartpole'),
    algorithm: { id: 'reinforce', options: { learningRate: 0.01 } },
    stop: { iterations: 400, return: 200 },
  };
  const { reason } = await learn(input, 1);
  expect(reason).toBe('return');
});
