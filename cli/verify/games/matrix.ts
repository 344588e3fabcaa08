import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { VerifyCase } from '../case.js';
import { playTarget, rewardTarget } from '../measuring.js';

type Algorithm = JobSpecInput['algorithm'];

const game = (
  options: Record<string, unknown>,
  algorithm: Algorithm,
  change: Partial<JobSpecInput> = {},
): JobSpecInput => ({
  env: { id: 'matrix-v1', options },
  policies: { '*': { network: { hidden: [] } } },
  algorithm,
  rollout: { shards: 2, envsPerShard: 16, horizon: 25 },
  evaluation: { every: 0, episodes: 4 },
  stop: { iterations: 200 },
  ...change,
});

/** Bandits: nothing that is done has consequences later. */
const gradient = { gamma: 0 };
const learners: readonly NonNullable<Algorithm>[] = [
  { id: 'ppo', options: { ...gradient, learningRate: 0.01 } },
  { id: 'reinforce', options: { ...gradient, learningRate: 0.05 } },
  { id: 'a2c', options: { ...gradient, learningRate: 0.05 } },
  { id: 'impala', options: { ...gradient, learningRate: 0.05 } },
  { id: 'mappo', options: { ...gradient, learningRate: 0.01 } },
];
/** Errors are squared, so that values are means: those of the row. */
const replayed = {
  gamma: 0,
  huberDelta: 100,
  epsilon: { kind: 'linear', from: 1, to: 0.05, iterations: 100 },
  learningRate: 0.01,
};
const valueLearners: readonly NonNullable<Algorithm>[] = [
  { id: 'dqn', options: replayed },
  { id: 'vdn', options: replayed },
  { id: 'qmix', options: replayed },
];
const smallBatches = { rollout: { shards: 1, envsPerShard: 16, horizon: 10 }, stop: { iterations: 300 } };

/** Policies of choices that climb the values of what all do. */
const climber: NonNullable<Algorithm> = {
  id: 'maddpg',
  options: { gamma: 0, learningRate: 0.005, tau: 0.05, batchSize: 128, updatesPerIteration: 16, learningStarts: 500 },
};
const climbed: Partial<JobSpecInput> = {
  policies: { '*': { network: { hidden: [16] } } },
  rollout: { shards: 1, envsPerShard: 16, horizon: 8 },
  stop: { iterations: 150 },
};

interface Known {
  readonly game: string;
  readonly options: Record<string, unknown>;
  /** What independent learners of policies end at. */
  readonly end: number;
  /** What learners of values end at, by algorithm, where it is something else. */
  readonly otherwise?: Readonly<Record<string, number>>;
}

const games: readonly Known[] = [
  { game: 'climbing', options: { game: 'climbing' }, end: 7, otherwise: { dqn: 5, vdn: 5, qmix: 5, maddpg: 5 } },
  { game: 'penalty-0', options: { game: 'penalty', k: 0 }, end: 10 },
  { game: 'penalty-50', options: { game: 'penalty', k: 50 }, end: 2 },
  { game: 'prisoners-dilemma', options: { game: 'prisoners-dilemma' }, end: 1, otherwise: { vdn: 3, qmix: 3 } },
];

const ends: readonly VerifyCase[] = games.flatMap(({ game: name, options, end, otherwise }) => [
  ...learners.map((algorithm) => ({
    game: name,
    algorithm: algorithm.id!,
    job: game(options, algorithm),
    targets: [rewardTarget(end, { within: 0 }, 4)],
    short: name === 'climbing' && algorithm.id !== 'mappo',
  })),
  ...valueLearners.map((algorithm) => ({
    game: name,
    algorithm: algorithm.id!,
    job: game(options, algorithm, smallBatches),
    targets: [rewardTarget(otherwise?.[algorithm.id!] ?? end, { within: 0 }, 4)],
  })),
  // With a large penalty it does not always stay where all play safe: docs/verification.md.
  ...(name === 'penalty-50' ? [] : [climber]).map((algorithm) => ({
    game: name,
    algorithm: algorithm.id!,
    job: game(options, algorithm, climbed),
    targets: [rewardTarget(otherwise?.[algorithm.id!] ?? end, { within: 0 }, 4)],
  })),
]);

/** Policy gradient as the books have it: no normalization, steps as long as the gradient. */
const plain = {
  gamma: 0,
  learningRate: 0.05,
  normalizeAdvantages: false,
  maxGradientNorm: 100,
  optimizer: { kind: 'sgd' },
};

const circling: readonly VerifyCase[] = ['reinforce', 'impala'].flatMap((algorithm) => {
  const input = (env: JobSpecInput['env']): JobSpecInput => ({
    ...game({}, { id: algorithm, options: plain }),
    env,
    policies: { '*': { network: { hidden: [], outputBias: 1 } } },
    schedule: { lag: 0 },
    stop: { iterations: 1600 },
  });
  const target = (metrics: readonly string[], known: number) =>
    playTarget(metrics.length === 1 ? 'payoff' : 'share of an action', metrics, known, 0.05);
  return [
    {
      game: 'matching-pennies',
      algorithm,
      job: input({ id: 'matrix-v1', options: { game: 'matching-pennies' } }),
      targets: [target(['action0Share', 'action1Share'], 1 / 2), target(['payoff'], 0)],
      short: algorithm === 'reinforce',
    },
    {
      game: 'rock-paper-scissors',
      algorithm,
      job: input({ id: 'rock-paper-scissors-v1' }),
      targets: [target(['rockShare', 'paperShare', 'scissorsShare'], 1 / 3), target(['payoff'], 0)],
    },
  ];
});

export const matrix: readonly VerifyCase[] = [...ends, ...circling];
