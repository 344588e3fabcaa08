import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { inline, learnByIterations, metricAlong } from './iterations.js';
import { perStep } from './learn.js';

/** Two players of one policy are paid 1 where they do different things, and 0 where they do the same. */
const different = (agentId: boolean): JobSpecInput => ({
  env: {
    id: 'matrix-v1',
    options: {
      game: 'custom',
      payoffs: [
        [
          [0, 1],
          [1, 0],
        ],
      ],
    },
  },
  policyMapping: 'shared',
  policies: { '*': { network: { hidden: [] }, ...(agentId && { agentId }) } },
  algorithm: { id: 'ppo', options: { learningRate: 0.02, gamma: 0 } },
  rollout: { shards: 2, envsPerShard: 16, horizon: 25 },
  stop: { iterations: 120 },
});

// Without an id both have the same odds p, and are paid 2·p·(1 − p), which is ½ at most; with modes for actions, 0.
describe('a game in which agents of one policy must act differently', () => {
  test.each([1, 2])('is solved where they see which of them they are, seed %i', async (seed) => {
    const { iterations, evaluations } = await learnByIterations(different(true), seed, inline);
    expect(metricAlong(iterations, 'agent-0', 'payoff').at(-1)).toBeGreaterThan(0.95);
    expect(perStep(evaluations.at(-1)!)).toEqual([1, 1]);
  });

  test.each([1, 2])('and not where they do not, seed %i', async (seed) => {
    const { iterations, evaluations } = await learnByIterations(different(false), seed, inline);
    for (const payoff of metricAlong(iterations, 'agent-0', 'payoff')) expect(payoff).toBeLessThan(0.6);
    expect(perStep(evaluations.at(-1)!)).toEqual([0, 0]);
  });
});
