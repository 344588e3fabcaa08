import type { Broker, JobEvent, JobState } from '../../../src/broker/index.js';
import type {
  EvaluationEvent,
  IterationEvent,
  PausedEvent,
  SteeredEvent,
  TrainingEvent,
} from '../../../src/training/index.js';

type Failed = { readonly type: 'failed'; readonly code: string; readonly message: string };
type Told = TrainingEvent | PausedEvent | SteeredEvent | Failed;

/** Events as learners write them; numbers follow from the iteration, so that what is read can be told from the request. */
export const started = (iteration = 0): TrainingEvent => ({
  type: 'started',
  job: 'job',
  iteration,
  agents: ['buyer', 'seller'],
  policies: {
    left: { parameters: 10, agents: ['buyer'] },
    right: { parameters: 10, agents: ['seller'] },
  },
  engine: 'wasm',
  actors: 1,
  learners: 1,
});

export const iteration = (i: number, part: Partial<IterationEvent> = {}): IterationEvent => ({
  type: 'iteration',
  iteration: i,
  envSteps: 10 * i,
  agentSteps: 20 * i,
  learnerSteps: 2 * i,
  wallSeconds: i / 2,
  policyLag: 1,
  episodes: i,
  episodeLength: 5,
  agents: {
    buyer: { return: i % 2 === 0 ? i : null, rewardPerStep: i / 10, metrics: { price: i } },
    seller: { return: -i, rewardPerStep: -i / 10, metrics: {} },
  },
  policies: { left: { policyLoss: 1 / i }, right: { policyLoss: 2 / i } },
  throughput: { agentStepsPerSecond: 100, collectAgentStepsPerSecond: null },
  seconds: { iteration: 0.5, environment: null, policy: null, transfer: 0, update: 0.1, waiting: 0 },
  ...part,
});

export const evaluation = (i: number): EvaluationEvent => ({
  type: 'evaluation',
  iteration: i,
  episodes: 4,
  agentSteps: 20 * i,
  wallSeconds: i / 2,
  agents: {
    buyer: { return: 100 + i, rewardPerStep: 1, length: 5, metrics: {} },
    seller: { return: 200 + i, rewardPerStep: 1, length: 5, metrics: {} },
  },
  game: { actions: { buyer: [[1]], seller: [[0]] }, rewards: { buyer: [1], seller: [1] } },
});

export const checkpoint = (i: number): TrainingEvent => ({ type: 'checkpoint', iteration: i, bytes: 1000 + i });

export const finished = (i: number, state: 'succeeded' | 'cancelled' = 'succeeded'): TrainingEvent => ({
  type: 'finished',
  state,
  reason: state === 'succeeded' ? 'iterations' : 'interrupted',
  iteration: i,
  envSteps: 10 * i,
  agentSteps: 20 * i,
  wallSeconds: i / 2,
  digest: 'ab'.repeat(32),
});

export const paused = (i: number): PausedEvent => ({
  type: 'paused',
  iteration: i,
  envSteps: 10 * i,
  agentSteps: 20 * i,
  wallSeconds: i / 2,
});

export const steered = (askedAt: number, from: JobState, to: JobState, by: string): SteeredEvent => ({
  type: 'steered',
  from,
  to,
  by,
  askedAt,
});

export const failed = (message = 'it did not work'): Failed => ({ type: 'failed', code: 'ENV_FAILED', message });

/** Appends events of a learner of the given term to a job's history. */
export async function tell(broker: Broker, jobId: string, events: readonly Told[], term = 1): Promise<void> {
  for (const event of events) await broker.events.append(jobId, event.type, JSON.stringify({ ...event, term }));
}

/** The same as a broker would give them, from sequence 1. */
export const asRecorded = (events: readonly (readonly [Told, number])[]): JobEvent[] =>
  events.map(([event, term], i) => ({
    sequence: i + 1,
    at: 1000 * (i + 1),
    type: event.type,
    payload: JSON.stringify({ ...event, term }),
  }));
