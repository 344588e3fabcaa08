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

/** One policy plays both sides of a game that pays one of them and charges the other, whatever they do. */
const unequal = (options: object): JobSpecInput => ({
  env: {
    id: 'matrix-v1',
    options: {
      game: 'custom',
      payoffs: [
        [
          [1, 1],
          [1, 1],
        ],
        [
          [-1, -1],
          [-1, -1],
        ],
      ],
    },
  },
  policyMapping: 'shared',
  policies: { '*': { network: { hidden: [8] } } },
  algorithm: { id: 'mappo', options: { learningRate: 0.02, gamma: 0, ...options } },
  rollout: { shards: 1, envsPerShard: 16, horizon: 8 },
  stop: { iterations: 30 },
});

// Both see the same, so that without a word on whose value is asked for it is the mean of both: 0, which explains nothing.
describe('values of agents that share a policy and are paid differently', () => {
  test.each([
    [{}, 0.99, 1],
    [{ criticAgentId: false }, -0.1, 0.1],
  ])('are told apart with %o: they explain %d to %d of the returns', async (options, least, most) => {
    const { iterations } = await learnByIterations(unequal(options), 1, inline);
    const { explainedVariance } = iterations.at(-1)!.policies.shared!;
    expect(explainedVariance).toBeGreaterThan(least);
    expect(explainedVariance).toBeLessThanOrEqual(most);
  });
});

test.each(['globalState', 'observations'])('mappo with a critic of %s finds the 8 of two-step', async (criticInput) => {
  const { algorithm, ...job } = example('two-step');
  const input = { ...job, algorithm: { id: 'mappo', options: { ...algorithm!.options, criticInput } } };
  const { evaluations } = await learnByIterations(input, 1, inline);
  for (const { return: paid } of Object.values(evaluations.at(-1)!.agents)) expect(paid).toBe(8);
});
