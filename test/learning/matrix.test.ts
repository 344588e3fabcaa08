import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { inline, learnByIterations, metricAlong } from './iterations.js';
import { example, mean, perStep } from './learn.js';

const reinforce = { id: 'reinforce', options: { learningRate: 0.05, gamma: 0 } };
/** Policy gradient as the books have it: no normalization, steps as long as the gradient. */
const plainGradient = {
  learningRate: 0.05,
  normalizeAdvantages: false,
  maxGradientNorm: 100,
  optimizer: { kind: 'sgd' },
};

const matrix = (options: Record<string, unknown>, change: Partial<JobSpecInput> = {}): JobSpecInput => ({
  ...example('matrix'),
  ...change,
  env: { id: 'matrix-v1', options },
});

// Where independent learners end from almost even policies, which is not always what is best.
describe('examples/matrix.json with other games and learners', () => {
  const games = [
    { options: { game: 'climbing' }, even: -31 / 9, end: 7 },
    { options: { game: 'penalty', k: 0 }, even: 22 / 9, end: 10 },
    { options: { game: 'penalty', k: 50 }, even: -78 / 9, end: 2 },
    { options: { game: 'prisoners-dilemma' }, even: 2.25, end: 1 },
  ];
  const learners = [example('matrix').algorithm!, reinforce];
  const runs = games.flatMap((game, g) => learners.map((algorithm, a) => ({ ...game, algorithm, seed: 10 * a + g })));
  test.each(runs)('$options by $algorithm.id, seed $seed: $end', async ({ options, algorithm, even, end, seed }) => {
    const { iterations, evaluations } = await learnByIterations(matrix(options, { algorithm }), seed, inline);
    const payoffs = metricAlong(iterations, 'agent-0', 'payoff');
    expect(Math.abs(payoffs[0]! - even)).toBeLessThan(2);
    expect(Math.abs(payoffs.at(-1)! - end)).toBeLessThan(0.2);
    for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBe(end);
  });
});

test('matching pennies: policies circle, play is even on average, and nobody wins', async () => {
  const input = matrix(
    { game: 'matching-pennies' },
    {
      policies: { '*': { network: { hidden: [], outputBias: 1 } } },
      algorithm: { id: 'reinforce', options: { ...plainGradient, gamma: 0, baseline: false } },
      schedule: { lag: 0 },
      stop: { iterations: 800 },
    },
  );
  const { iterations } = await learnByIterations(input, 2, inline);
  for (const agent of ['agent-0', 'agent-1']) {
    const shares = metricAlong(iterations, agent, 'action0Share');
    expect(Math.min(...shares)).toBeLessThan(0.25);
    expect(Math.max(...shares)).toBeGreaterThan(0.75);
    expect(Math.abs(mean(shares) - 0.5)).toBeLessThan(0.03);
  }
  expect(Math.abs(mean(metricAlong(iterations, 'agent-0', 'payoff')))).toBeLessThan(0.03);
});

// In both games of the second step action 1 is at least as good, so independent learners can reach 8. Who is sooner decides: with
// the steps of Adam the risky game is learned before its choice is given up, with those of the gradient after.
describe('examples/two-step.json', () => {
  const shared = { gamma: 1, entropyCoefficient: 0 };
  test.each([
    { name: 'ppo', change: {}, end: 8 },
    {
      name: 'reinforce',
      change: { algorithm: { id: 'reinforce', options: { ...shared, learningRate: 0.05 } } },
      end: 8,
    },
    {
      name: 'plain gradient',
      change: { algorithm: { id: 'reinforce', options: { ...shared, ...plainGradient } } },
      end: 7,
    },
  ])('$name ends at $end', async ({ change, end }) => {
    const { iterations, evaluations } = await learnByIterations({ ...example('two-step'), ...change }, 1, inline);
    expect(Math.abs(iterations.at(-1)!.agents['agent-0']!.return! - end)).toBeLessThan(0.3);
    for (const { return: paid } of Object.values(evaluations.at(-1)!.agents)) expect(paid).toBe(end);
  });
});
