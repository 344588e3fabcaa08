import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { Target, VerifyCase } from '../case.js';

type Algorithm = NonNullable<JobSpecInput['algorithm']>;

// Food that some can load alone and some only together; what all agents are paid in an episode adds up to 1 where everything is collected.
const target: Target = {
  quantity: 'return of all',
  known: 1,
  bound: { atLeast: 0.9 },
  measure: async ({ evaluate }) =>
    Object.values((await evaluate(400)).agents).reduce((sum, agent) => sum + agent.return, 0),
};

const ITERATIONS = 1200;
const network = { hidden: [64, 64], activation: 'relu' as const, normalizeInput: true };

// lb-foraging's Foraging-8x8-2p-2f, and -coop, where all food needs both. The agents have one policy.
const verified = (
  algorithm: Algorithm,
  env: Readonly<Record<string, unknown>> = {},
  more: Partial<VerifyCase> = {},
): VerifyCase => ({
  game: 'level-foraging',
  algorithm: algorithm.id!,
  targets: [target],
  job: {
    env: { id: 'level-foraging-v1', options: env },
    policyMapping: 'shared',
    policies: { '*': { network, valueNetwork: network } },
    algorithm,
    rollout: { shards: 2, envsPerShard: 64, horizon: 32 },
    evaluation: { every: 50, episodes: 400 },
    // Training ends a little above what is asked for, since it is measured on other starts.
    stop: { iterations: ITERATIONS, return: 0.475 },
  },
  ...more,
});

/** Many short steps, which get shorter, and a bonus for entropy that fades: what is measured is modes, which go to and fro where two
 *  moves are as good. */
const options = {
  learningRate: { kind: 'linear', from: 0.0015, to: 0.00005, iterations: ITERATIONS },
  entropyCoefficient: { kind: 'linear', from: 0.02, to: 0.001, iterations: ITERATIONS },
  gamma: 0.97,
  minibatches: 12,
};

export const foraging: readonly VerifyCase[] = [
  verified({ id: 'ppo', options }),
  verified({ id: 'ppo', options }, { forceCoop: true }, { variant: 'coop' }),
];
