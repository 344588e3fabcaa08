import type { EvaluationEvent, IterationEvent, StartedEvent } from '../../../src/training/index.js';

export const started = (agents: number, iteration = 0): StartedEvent => ({
  type: 'started',
  job: 'j',
  iteration,
  agents: Array.from({ length: agents }, (_, i) => `agent-${i}`),
  policies: {},
  engine: 'wasm',
  actors: 1,
  learners: 1,
});

const perAgent = <T>(agents: number, of: (i: number) => T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: agents }, (_, i) => [`agent-${i}`, of(i)]));

/** One iteration of one second and 1000 agent steps. */
export const iteration = (n: number, agents = 3): IterationEvent => ({
  type: 'iteration',
  iteration: n,
  envSteps: (n * 1000) / agents,
  agentSteps: n * 1000,
  learnerSteps: n,
  wallSeconds: n,
  policyLag: 1,
  episodes: 1,
  episodeLength: 10,
  agents: perAgent(agents, (i) => ({ return: -i, rewardPerStep: -i / 10, metrics: {} })),
  policies: perAgent(agents, (i) => ({ policyLoss: i, entropy: 1 / n })),
  throughput: { agentStepsPerSecond: 1000, collectAgentStepsPerSecond: 2_500_000 },
  seconds: { iteration: 1, environment: 0.1, policy: 0.2, transfer: 0.1, update: 0.5, waiting: 0.1 },
});

export const evaluation = (n: number, agents = 3): EvaluationEvent => ({
  type: 'evaluation',
  iteration: n,
  episodes: 4,
  agentSteps: 0,
  wallSeconds: n,
  agents: perAgent(agents, (i) => ({
    return: -1 - i,
    rewardPerStep: -0.1,
    length: 10,
    metrics: { stepWinShare: 0.25 },
  })),
  game: {
    actions: perAgent(agents, (i) => [[i + n], [i - n]]),
    rewards: perAgent(agents, () => [0, 0]),
  },
});
