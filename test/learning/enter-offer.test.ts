import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { example } from './learn.js';
import { learnSeller, type SellerConduct } from './seller.js';

const F = 0.04;

/** 1/12 − F + 4/3·F^1.5 */
const optimalValue = (entryCost: number): number => 1 / 12 - entryCost + (4 / 3) * entryCost ** 1.5;

type Change = Partial<Pick<JobSpecInput, 'policies' | 'algorithm'>> & { readonly actions?: string };

function job(entryCost: number, { actions = 'hierarchical', ...change }: Change = {}): JobSpecInput {
  return { ...example('enter-offer'), ...change, env: { id: 'enter-offer-v1', options: { entryCost, actions } } };
}

function expectOptimal({ threshold, turns, priceError, value, sampledValue }: SellerConduct, entryCost: number): void {
  expect(turns).toBe(1);
  expect(Math.abs(threshold - (1 - 2 * Math.sqrt(entryCost)))).toBeLessThan(0.03);
  expect(priceError).toBeLessThan(0.03);
  expect(value).toBeGreaterThan(0.97 * optimalValue(entryCost));
  // Sampled prices scatter still, and sampled decisions near the threshold.
  expect(sampledValue).toBeGreaterThan(0.92 * optimalValue(entryCost));
}

const options = { learningRate: 0.003, gamma: 0, epochs: 1 };

describe('examples/enter-offer.json, credit per level', () => {
  const runs = [0.02, 0.04, 0.0625].flatMap((entryCost) => [1, 2].map((seed) => ({ entryCost, seed })));
  test.each(runs)('F = $entryCost, seed $seed: who enters, and at which price', async ({ entryCost, seed }) => {
    // Five eighths of the iterations that the example has are enough.
    const input = { ...job(entryCost), stop: { iterations: 250 } };
    const { evaluations, conduct } = await learnSeller(input, seed, entryCost);
    // It starts by tossing a coin for the entry, and asks hardly more than its cost.
    const { points, mean, participation } = evaluations[0]!.profiles![0]!;
    points.forEach((cost, i) => {
      expect(mean[i]! - cost).toBeLessThan(0.12);
      expect(Math.abs(participation[i]! - 0.5)).toBeLessThan(0.2);
    });
    expectOptimal(conduct, entryCost);
  });
});

// All heads added up pay the decision 2·gain − F: entering is worth it below 1 − √(2F), which earns 1/12 − F + 5√2/6·F^1.5.
test('shared credit finds the optimum of the sum instead', async () => {
  const entryCost = 0.0625;
  const levels = { price: { learningRate: 0.0015 } };
  const credit = { ...options, credit: 'shared', entropyCoefficient: 0.02, levels };
  const input = job(entryCost, { algorithm: { id: 'ppo', options: credit } });
  const { conduct } = await learnSeller(input, 1, entryCost);
  expect(Math.abs(conduct.threshold - (1 - Math.sqrt(2 * entryCost)))).toBeLessThan(0.03);
  expect(conduct.priceError).toBeLessThan(0.03);
  const reached = 1 / 12 - entryCost + ((5 * Math.SQRT2) / 6) * entryCost ** 1.5;
  expect(Math.abs(conduct.value / reached - 1)).toBeLessThan(0.02);
  expect(conduct.value).toBeLessThan(0.96 * optimalValue(entryCost));
});

test('one network for both levels', async () => {
  const distribution = { kind: 'truncatedGaussian' as const, initialLogStd: -1.5 };
  const policies = { '*': { network: { hidden: [16] }, distribution } };
  const levels = { enter: { entropyCoefficient: 0.02 } };
  const algorithm = { id: 'ppo', options: { ...options, learningRate: 0.002, levels } };
  const input = job(F, { policies, algorithm });
  expectOptimal((await learnSeller(input, 1, F)).conduct, F);
});

test('composite actions', async () => {
  const policies = { '*': { network: { hidden: [16] }, distribution: { initialLogStd: -1.5 } } };
  const input = job(F, { actions: 'composite', policies, algorithm: { id: 'ppo', options } });
  expectOptimal((await learnSeller(input, 1, F)).conduct, F);
});

// A step size that ends small: with 0.01 throughout, every second seed or so is still on its way when it ends.
test('reinforce with a baseline', async () => {
  const learningRate = { kind: 'linear' as const, from: 0.01, to: 0.0005, iterations: 600 };
  const levels = { enter: { entropyCoefficient: 0.05 } };
  const algorithm = { id: 'reinforce', options: { learningRate, gamma: 0, levels } };
  const input = { ...job(F, { algorithm }), stop: { iterations: 600 } };
  expectOptimal((await learnSeller(input, 1, F)).conduct, F);
});
