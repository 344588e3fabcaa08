import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { type IterationEvent, runTraining, type TrainingEvent } from '../../src/training/index.js';
import { recorder, resolve } from '../helpers/training.js';
import { inline } from './iterations.js';
import { example, learn, mean, perStep } from './learn.js';

const schedule: JobSpecInput['schedule'] = { kind: 'async', batches: 2 };
const rollout = { shards: 4, envsPerShard: 8, horizon: 8 };

describe('a learner from a replay that takes whichever batches have come', () => {
  test.each(['ddpg', 'td3', 'sac'])('%s swings the pendulum up: 50 episodes cost less than 200 each', async (id) => {
    const { evaluations, reason } = await learn(
      {
        ...example('pendulum'),
        algorithm: { ...example('pendulum').algorithm, id },
        rollout: { shards: 2, envsPerShard: 8, horizon: 16 },
        schedule: { kind: 'async', batches: 1 },
      },
      1,
      { actors: 1, learners: 0 },
    );
    expect(evaluations[0]!.agents.motor!.return).toBeLessThan(-1000);
    expect(reason).toBe('return');
    expect(evaluations.at(-1)!.agents.motor!.return).toBeGreaterThan(-200);
  });

  test('maddpg plays the median game', async () => {
    const { policies } = example('median');
    const { evaluations } = await learn(
      {
        ...example('median'),
        policies: { '*': { ...policies!['*'], valueNetwork: { hidden: [64, 64], activation: 'relu' } } },
        algorithm: {
          id: 'maddpg',
          options: { gamma: 0, learningRate: 3e-3, tau: 0.02, batchSize: 128, updatesPerIteration: 32 },
        },
        rollout,
        schedule,
        evaluation: { every: 0 },
        stop: { iterations: 80 },
      },
      2,
    );
    expect(mean(perStep(evaluations[0]!))).toBeLessThan(-0.5);
    for (const reward of perStep(evaluations.at(-1)!)) expect(reward).toBeGreaterThan(-0.02);
  });
});

/** What an update counts, and how many of them it makes: two in an iteration from the third on, which has enough to learn from. */
const COUNTED: readonly [string, string, Readonly<Record<string, number>>][] = [
  ['ddpg', 'pendulum-v1', { criticSteps: 12, policySteps: 12 }],
  ['td3', 'pendulum-v1', { criticSteps: 12, policySteps: 6 }],
  ['sac', 'pendulum-v1', { optimizerSteps: 12 }],
  ['sac', 'cartpole-v1', { optimizerSteps: 12 }],
  ['maddpg', 'median-v1', { optimizerSteps: 12 }],
  ['dqn', 'cartpole-v1', { optimizerSteps: 12 }],
  ['vdn', 'matrix-v1', { optimizerSteps: 12 }],
  ['qmix', 'two-step-v1', { optimizerSteps: 12 }],
];
const SAMPLES = 2 * 8 * 8;

describe('an asynchronous job that is stopped and goes on', () => {
  test.each(COUNTED)(
    'by %s at %s keeps every batch once, and learns from it as often as said',
    async (id, env, counted) => {
      const job: JobSpecInput = {
        env: { id: env },
        policies: { '*': { network: { hidden: [8] } } },
        algorithm: {
          id,
          options: { batchSize: 16, updatesPerIteration: 2, learningStarts: 3 * SAMPLES, replayCapacity: 7 * SAMPLES },
        },
        rollout,
        schedule,
        evaluation: { every: 0, episodes: 1 },
        checkpoint: { every: 0 },
        stop: { iterations: 8 },
      };
      const checkpoints = createMemoryCheckpointStore();
      const first = recorder((event) => event.type === 'iteration' && event.iteration === 4);
      const stopped = await runTraining('job', resolve(job), { ...inline, checkpoints, ...first });
      expect(stopped).toMatchObject({ reason: 'interrupted', iterations: 4 });
      const { facts } = (await checkpoints.newest())!.checkpoint;
      const cursors = facts.cursors as number[];
      expect(cursors.reduce((sum, k) => sum + k, 0)).toBe(4 * 2 + droppedIn(first.events));
      const { events, onEvent } = recorder();
      expect(await runTraining('job', resolve(job), { ...inline, checkpoints, resume: true, onEvent })).toMatchObject({
        iterations: 8,
      });
      const iterations = [...iterationsOf(first.events), ...iterationsOf(events)];
      expect(iterations.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const last = (await checkpoints.newest())!.checkpoint.facts;
      for (const counters of Object.values(last.policyCounters as object)) expect(counters).toMatchObject(counted);
      expect(iterations.map((event) => metricsOf(event).replaySize)).toEqual(
        [1, 2, 3, 4, 5, 6, 7, 7].map((n) => n * SAMPLES),
      );
      expect(iterations.map((event) => metricsOf(event).updates)).toEqual([0, 0, 2, 2, 2, 2, 2, 2]);
    },
  );
});

const iterationsOf = (events: readonly TrainingEvent[]): IterationEvent[] =>
  events.filter((event) => event.type === 'iteration');
const droppedIn = (events: readonly TrainingEvent[]): number =>
  iterationsOf(events).reduce((sum, { batchesDropped = 0 }) => sum + batchesDropped, 0);
const metricsOf = ({ policies }: IterationEvent) => Object.values(policies)[0]!;
