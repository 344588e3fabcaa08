import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { Target, VerifyCase } from '../case.js';
import { returnTarget } from '../measuring.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

/** What a script gets that gives each agent a landmark and looks three steps ahead: docs/environments/simple-spread-v1.md. */
const SCRIPTED = -7.51;
const bound = { atLeast: -12 };
const EPISODES = 400;

const targets: readonly Target[] = [
  returnTarget(SCRIPTED, bound, EPISODES),
  {
    quantity: 'mean of the agents',
    known: SCRIPTED,
    bound,
    measure: async ({ evaluate }) => {
      const returns = Object.values((await evaluate(EPISODES)).agents).map((agent) => agent.return);
      return returns.reduce((sum, one) => sum + one, 0) / returns.length;
    },
  },
];

const ITERATIONS = 500;
const network = { hidden: [64, 64], activation: 'relu' as const, normalizeInput: true };

// Three agents with one policy, which tells them apart by what they see. Batches are whole episodes.
const verified = (algorithm: Algorithm): VerifyCase => ({
  game: 'simple-spread',
  algorithm: algorithm.id!,
  targets,
  job: {
    env: { id: 'simple-spread-v1' },
    policyMapping: 'shared',
    policies: { '*': { network, valueNetwork: network } },
    algorithm,
    rollout: { shards: 2, envsPerShard: 64, horizon: 25 },
    evaluation: { every: 25, episodes: 200 },
    // Training ends a little above what is asked for, since it is measured on other starts.
    stop: { iterations: ITERATIONS, return: -11.3 },
  },
});

/** Many short steps, which get shorter. */
const options = {
  learningRate: { kind: 'linear', from: 0.0015, to: 0.00005, iterations: ITERATIONS },
  gamma: 0.95,
  entropyCoefficient: 0.01,
  minibatches: 12,
};

export const spread: readonly VerifyCase[] = [verified({ id: 'ppo', options }), verified({ id: 'mappo', options })];
