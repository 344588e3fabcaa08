import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { type IterationEvent, runTraining, type TrainingEvent } from '../../../src/training/index.js';
import { recorder, resolve, smallJob } from '../../helpers/training.js';

const job: JobSpecInput = { ...smallJob, schedule: { kind: 'async', batches: 2, maxPolicyLag: 4 } };
const iterationsOf = (events: readonly TrainingEvent[]): IterationEvent[] =>
  events.filter((event) => event.type === 'iteration');

describe.each([
  ['in this thread', { actors: 0, learners: 0 }],
  ['in threads of their own', { actors: 2, learners: 2 }],
])('an asynchronous job with actors %s', (_, threads) => {
  test('makes its iterations of as many batches as it says, within the lag that it allows', async () => {
    const { events, onEvent } = recorder();
    const result = await runTraining('job', resolve(job), { ...threads, onEvent });
    // 2 batches of 5 instances and 16 steps.
    expect(result).toMatchObject({ state: 'succeeded', iterations: 8, envSteps: 8 * 160, agentSteps: 8 * 480 });
    const iterations = iterationsOf(events);
    expect(iterations).toHaveLength(8);
    for (const { policyLag, batchesDropped } of iterations) {
      expect(policyLag).toBeGreaterThanOrEqual(0);
      expect(policyLag).toBeLessThanOrEqual(4);
      expect(batchesDropped).toBeGreaterThanOrEqual(0);
    }
  });

  test('goes on from a checkpoint where it was stopped, every shard where it stood', async () => {
    const checkpoints = createMemoryCheckpointStore();
    const first = recorder((event) => event.type === 'iteration' && event.iteration === 3);
    const stopped = await runTraining('job', resolve(job), { ...threads, checkpoints, ...first });
    expect(stopped).toMatchObject({ state: 'cancelled', reason: 'interrupted', iterations: 3 });
    const saved = await checkpoints.newest();
    const cursors = saved?.checkpoint.facts.cursors as number[];
    // Whatever was consumed, and nothing twice: 3 iterations of 2 batches, and those that were passed over.
    const dropped = iterationsOf(first.events).reduce((sum, { batchesDropped = 0 }) => sum + batchesDropped, 0);
    expect(cursors.reduce((sum, k) => sum + k, 0)).toBe(6 + dropped);
    const { events, onEvent } = recorder();
    const resumed = await runTraining('job', resolve(job), { ...threads, checkpoints, resume: true, onEvent });
    expect(resumed).toMatchObject({ iterations: 8, envSteps: 8 * 160 });
    expect(iterationsOf(events).map(({ iteration }) => iteration)).toEqual([4, 5, 6, 7, 8]);
  });
});

test('batches that are older than the job allows are dropped and counted', async () => {
  // Every iteration takes one batch, and shards keep one waiting: what waits is older than that.
  const strict: JobSpecInput = { ...smallJob, schedule: { kind: 'async', batches: 1, maxPolicyLag: 0 } };
  const { events, onEvent } = recorder();
  const result = await runTraining('job', resolve(strict), { actors: 0, learners: 0, onEvent });
  expect(result.iterations).toBe(8);
  const iterations = iterationsOf(events);
  for (const { policyLag } of iterations) expect(policyLag).toBe(0);
  expect(iterations.reduce((sum, { batchesDropped = 0 }) => sum + batchesDropped, 0)).toBeGreaterThan(0);
});

test('learns the median game', async () => {
  const learning: JobSpecInput = {
    env: { id: 'median-v1', options: { steps: 100 } },
    policies: { '*': { network: { hidden: [], outputBias: 3 }, distribution: { logStdBounds: [-3, 2] } } },
    algorithm: { options: { learningRate: 0.01, gamma: 0 } },
    rollout: { envsPerShard: 16, horizon: 100 },
    schedule: { kind: 'async' },
    evaluation: { every: 10 },
    stop: { iterations: 600, return: -1 },
  };
  const result = await runTraining('job', resolve(learning), { actors: 2, learners: 1 });
  expect(result.reason).toBe('return');
});
