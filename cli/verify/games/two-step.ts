import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { VerifyCase } from '../case.js';
import { returnTarget } from '../measuring.js';

type Algorithm = JobSpecInput['algorithm'];

const job = (algorithm: Algorithm, change: Partial<JobSpecInput> = {}): JobSpecInput => ({
  env: { id: 'two-step-v1' },
  policies: { '*': { network: { hidden: [] } } },
  algorithm,
  rollout: { shards: 2, envsPerShard: 64, horizon: 8 },
  evaluation: { every: 0, episodes: 4 },
  stop: { iterations: 200 },
  ...change,
});

const verified = (
  end: number,
  algorithm: NonNullable<Algorithm>,
  change: Partial<JobSpecInput> = {},
  variant?: string,
): VerifyCase => ({
  game: 'two-step',
  algorithm: algorithm.id!,
  ...(variant === undefined ? {} : { variant }),
  job: job(algorithm, change),
  targets: [returnTarget(end, { within: 0 }, 4)],
});

const steps = { gamma: 1, learningRate: 0.01, entropyCoefficient: 0.01 };
const gradient = { gamma: 1, learningRate: 0.05 };
/** Steps as long as the gradient: the choice of the risky game is given up before it is learned. */
const plain = { ...gradient, normalizeAdvantages: false, maxGradientNorm: 100, optimizer: { kind: 'sgd' } };

/** Play is random throughout, so that all cells are seen as often, as in the paper; and values are means, whose errors are squared. */
const values: Partial<JobSpecInput> = {
  policies: { '*': { network: { hidden: [32] } } },
  rollout: { shards: 1, envsPerShard: 16, horizon: 8 },
};
const even = { gamma: 1, epsilon: 1, huberDelta: 100, learningStarts: 100, learningRate: 0.001 };

const climbing = {
  gamma: 1,
  learningRate: 0.005,
  tau: 0.05,
  batchSize: 128,
  updatesPerIteration: 16,
  learningStarts: 500,
};
const climbed: Partial<JobSpecInput> = { ...values, policies: { '*': { network: { hidden: [16] } } } };

export const twoStep: readonly VerifyCase[] = [
  verified(8, { id: 'ppo', options: steps }),
  verified(8, { id: 'mappo', options: steps }),
  verified(8, { id: 'reinforce', options: gradient }),
  verified(7, { id: 'reinforce', options: plain }, {}, 'plain gradient'),
  verified(8, { id: 'a2c', options: gradient }),
  verified(8, { id: 'impala', options: gradient }),
  verified(7, { id: 'dqn', options: even }, values),
  verified(7, { id: 'vdn', options: even }, values),
  verified(8, { id: 'qmix', options: even }, values),
  verified(8, { id: 'maddpg', options: climbing }, climbed),
].map((one) => ({ ...one, short: ['vdn', 'qmix'].includes(one.algorithm) }));
