import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { LearnerState } from '../../../src/training/checkpointing.js';
import type { EvaluationEvent } from '../../../src/training/index.js';
import { lastIteration, stopReason } from '../../../src/training/stopping.js';
import { smallJob } from '../../helpers/training.js';
import { planOf } from './planning.js';

// smallJob's iteration has 3 shards × 5 instances × 16 steps × 3 agents = 720 agent steps.
const planWith = (stop: JobSpecInput['stop']) => planOf({ ...smallJob, stop }).plan;

const stateAt = (iteration: number): LearnerState => ({
  iteration,
  counters: { envSteps: 240 * iteration, agentSteps: 720 * iteration, learnerSteps: 3 * iteration, wallSeconds: 0 },
  units: [],
  weights: new Map(),
  cursors: [],
  shards: [],
});

const evaluationAt = (iteration: number, ...returns: number[]): EvaluationEvent => ({
  type: 'evaluation',
  iteration,
  episodes: 1,
  agentSteps: 0,
  wallSeconds: 0,
  agents: Object.fromEntries(
    returns.map((value, i) => [`agent-${i}`, { return: value, rewardPerStep: 0, length: 1, metrics: {} }]),
  ),
  game: { actions: {}, rewards: {} },
});

describe('training stops', () => {
  test.each([
    ['before the last iteration', { iterations: 8 }, 7, null, 0, null],
    ['at the last iteration', { iterations: 8 }, 8, null, 0, 'iterations'],
    ['beyond it, when resumed with an earlier end', { iterations: 8 }, 9, null, 0, 'iterations'],
    ['before the agent steps', { agentSteps: 1441 }, 2, null, 0, null],
    ['at the agent steps', { agentSteps: 1440 }, 2, null, 0, 'agentSteps'],
    ['before the time', { wallSeconds: 10 }, 5, null, 9.999, null],
    ['at the time', { wallSeconds: 10 }, 5, null, 10, 'wallSeconds'],
    ['without an evaluation', { return: -1 }, 5, null, 0, null],
    ['when every agent reached the return', { return: -1 }, 5, evaluationAt(5, -1, 0, 3), 0, 'return'],
    ['when one agent did not', { return: -1 }, 5, evaluationAt(5, 3, -1.01, 3), 0, null],
    ['on an evaluation of other weights', { return: -1 }, 5, evaluationAt(4, 3, 3, 3), 0, null],
    ['at what is reached, not at what is far', { iterations: 99, wallSeconds: 1 }, 5, null, 2, 'wallSeconds'],
    ['with the return first', { iterations: 5, return: 0 }, 5, evaluationAt(5, 1, 1, 1), 0, 'return'],
  ] as const)('%s', (_, stop, iteration, evaluation, wallSeconds, reason) => {
    expect(stopReason(planWith(stop), stateAt(iteration), evaluation, wallSeconds)).toBe(reason);
  });
});

test.each([
  [{ iterations: 8 }, 8],
  [{ agentSteps: 1 }, 1],
  [{ agentSteps: 720 }, 1],
  [{ agentSteps: 721 }, 2],
  [{ iterations: 3, agentSteps: 721 }, 2],
  [{ iterations: 1, agentSteps: 721 }, 1],
  [{ wallSeconds: 3 }, Infinity],
  [{ return: 3 }, Infinity],
] as const)('with %o the last iteration is %d', (stop, last) => {
  expect(lastIteration(planWith(stop))).toBe(last);
});
