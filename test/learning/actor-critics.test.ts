import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { runTraining } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';
import { inline, learnByIterations } from './iterations.js';
import { example } from './learn.js';

const cartpole = (id: string, options: object): JobSpecInput => ({
  ...example('cartpole'),
  algorithm: { id, options: { entropyCoefficient: 0.01, ...options } },
  stop: { iterations: 150, return: 475 },
});

// One batch of lag, as jobs have it unless they say otherwise. Many steps on one batch are what ratios are for.
describe('cart-pole', () => {
  test.each([
    ['a2c', { learningRate: 0.003 }, 1],
    ['a2c', { learningRate: 0.003 }, 2],
    ['impala', { learningRate: 0.001, minibatches: 8, lambda: 0.95 }, 1],
    ['impala', { learningRate: 0.001, minibatches: 8, lambda: 0.95 }, 2],
    ['impala', { learningRate: 0.001, minibatches: 8, lambda: 0.95 }, 3],
  ])('%s with %o reaches 475, the mean of 100 episodes, seed %i', async (id, options, seed) => {
    const { reason } = await runTraining('learning', resolve({ ...cartpole(id, options), seed }), inline);
    expect(reason).toBe('return');
  });
});

test.each(['globalState', 'observations'])('mappo with a critic of %s finds the 8 of two-step', async (criticInput) => {
  const { algorithm, ...job } = example('two-step');
  const input = { ...job, algorithm: { id: 'mappo', options: { ...algorithm!.options, criticInput } } };
  const { evaluations } = await learnByIterations(input, 1, inline);
  for (const { return: paid } of Object.values(evaluations.at(-1)!.agents)) expect(paid).toBe(8);
});
