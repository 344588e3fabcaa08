import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { Target, VerifyCase } from '../case.js';
import type { Outcome } from '../outcome.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

const COSTS = 1000;
const ENTRY_COST = 0.04;

/** Expected profit of the modes of a seller with cost c ~ U[0, 1] at a buyer with value v ~ U[0, 1]; over v exactly, over c by the
 *  midpoint rule. Actions are [price], [enter, price], or a single number, where 0 passes. */
function expectedProfit({ team }: Outcome, entryCost: number): number {
  let sum = 0;
  for (let k = 0; k < COSTS; k++) {
    const cost = (k + 0.5) / COSTS;
    const action = team.act('seller', [cost]);
    const price = action.at(-1)!;
    if (action[0] !== 0) sum += (price - cost) * Math.max(0, 1 - Math.max(0, price)) - entryCost;
  }
  return sum / COSTS;
}

const profitTarget = (best: number, entryCost: number): Target => ({
  quantity: 'expected profit',
  known: best,
  bound: { atLeast: 0.97 * best },
  measure: (outcome) => expectedProfit(outcome, entryCost),
});

const rollout = { shards: 4, envsPerShard: 256, horizon: 8 };
const evaluation = { every: 0, episodes: 100 };

// The best price is (1 + c)/2, which earns ((1 − c)/2)²: 1/12 on average.
const price = (
  algorithm: Algorithm,
  change: Partial<JobSpecInput> = {},
  more: Partial<VerifyCase> = {},
): VerifyCase => ({
  game: 'posted-price',
  algorithm: algorithm.id!,
  targets: [profitTarget(1 / 12, 0)],
  job: {
    env: { id: 'posted-price-v1' },
    policies: {
      '*': { network: { hidden: [16] }, distribution: { kind: 'truncatedGaussian', initialLogStd: -2 } },
    },
    algorithm,
    rollout,
    evaluation,
    stop: { iterations: 300 },
    ...change,
  },
  ...more,
});

const replayed = (algorithm: Algorithm): VerifyCase =>
  price(algorithm, {
    policies: { '*': { network: { hidden: [16] }, valueNetwork: { hidden: [64, 64], activation: 'relu' } } },
    rollout: { shards: 1, envsPerShard: 64, horizon: 4 },
    stop: { iterations: 300 },
  });

// Whether a price was taken is one bit of luck: steps that end small average over many.
const learningRate = { kind: 'linear', from: 0.001, to: 0.00005, iterations: 300 } as const;
const offPolicy = { gamma: 0, batchSize: 256, updatesPerIteration: 32, learningRate };

export const postedPrice: readonly VerifyCase[] = [
  price({ id: 'ppo', options: { learningRate: 0.002, gamma: 0, epochs: 1 } }),
  price({ id: 'mappo', options: { learningRate: 0.002, gamma: 0, epochs: 1 } }),
  price({ id: 'reinforce', options: { learningRate: 0.005, gamma: 0 } }),
  price({ id: 'a2c', options: { learningRate: 0.005, gamma: 0 } }, { schedule: { lag: 0 } }),
  price({ id: 'impala', options: { learningRate: 0.005, gamma: 0 } }, { schedule: { lag: 0 } }),
  replayed({ id: 'ddpg', options: { ...offPolicy, explorationNoise: 0.3 } }),
  replayed({ id: 'td3', options: { ...offPolicy, explorationNoise: 0.3, targetNoise: 0 } }),
  replayed({ id: 'sac', options: { ...offPolicy, initialTemperature: 0.01, targetEntropy: -3 } }),
];

// Entering costs F and pays below c = 1 − 2√F; the best price does not depend on F, and earns 1/12 − F + 4/3·F^1.5 in all.
const enter = (
  algorithm: Algorithm,
  change: Partial<JobSpecInput> = {},
  more: Partial<VerifyCase> = {},
): VerifyCase => ({
  game: 'enter-offer',
  algorithm: algorithm.id!,
  targets: [profitTarget(1 / 12 - ENTRY_COST + (4 / 3) * ENTRY_COST ** 1.5, ENTRY_COST)],
  job: {
    env: { id: 'enter-offer-v1', options: { entryCost: ENTRY_COST } },
    policies: {
      '*': {
        network: { hidden: [16] },
        levelNetworks: 'separate',
        distribution: { kind: 'truncatedGaussian', initialLogStd: -2.5 },
      },
    },
    algorithm,
    rollout,
    evaluation,
    stop: { iterations: 400 },
    ...change,
  },
  ...more,
});

const levels = { enter: { entropyCoefficient: 0.05 }, price: { learningRate: 0.0015 } };
const clipped = { learningRate: 0.003, gamma: 0, epochs: 1, levels };
const onePass = { learningRate: 0.003, gamma: 0, minibatches: 4, levels };

export const enterOffer: readonly VerifyCase[] = [
  enter({ id: 'ppo', options: clipped }),
  enter(
    { id: 'ppo', options: { learningRate: 0.003, gamma: 0, epochs: 1 } },
    {
      env: { id: 'enter-offer-v1', options: { entryCost: ENTRY_COST, actions: 'composite' } },
      policies: { '*': { network: { hidden: [16] }, distribution: { initialLogStd: -1.5 } } },
    },
    { variant: 'composite' },
  ),
  enter({ id: 'mappo', options: clipped }),
  // A step size that ends small: with 0.01 throughout, not every seed arrives.
  enter(
    {
      id: 'reinforce',
      options: {
        learningRate: { kind: 'linear', from: 0.01, to: 0.0005, iterations: 600 },
        gamma: 0,
        levels: { enter: { entropyCoefficient: 0.05 } },
      },
    },
    { stop: { iterations: 600 } },
  ),
  enter({ id: 'a2c', options: onePass }),
  enter({ id: 'impala', options: onePass }),
];
