import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { Environment } from '../../../src/envs/index.js';
import { readTrajectory } from '../../../src/experience/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { box, discrete } from '../../../src/spaces/index.js';
import { ActingPolicies } from '../../../src/training/acting.js';
import { runTraining } from '../../../src/training/index.js';
import { smallJob } from '../../helpers/training.js';
import { actingWeights, environmentOf, openInline, planOf } from './planning.js';

/** Two agents that see the number of the step; instance b ends after b + 2 steps, and is cut off where b is odd. `final` is what
 *  `other` sees then. */
const ending = (final: number): Environment => ({
  agents: ['one', 'other'].map((id) => ({ id, observationSpace: box(1), actionSpace: box(1) })),
  state: { count: { dtype: 'i32' } },
  episodeMetrics: ['steps'],
  reset(batch, instances, count) {
    for (let e = 0; e < count; e++) {
      batch.state.count[instances[e]] = 0;
      for (const observation of batch.observation) observation[instances[e]] = 0;
    }
  },
  step(batch) {
    for (let b = 0; b < batch.instances; b++) {
      const n = ++batch.state.count[b];
      const ends = n === b + 2;
      batch.observation[0][b] = n;
      batch.observation[1][b] = ends ? final : n;
      batch.reward[0][b] = 1;
      batch.reward[1][b] = -n;
      batch.episodeMetric[0][b] = n;
      batch.episodeMetric[1][b] = 0;
      if (ends) (b % 2 === 0 ? batch.terminated : batch.truncated)[b] = 1;
    }
  },
});

const job = (final: number) =>
  planOf({ env: { id: 'ending-v1' }, rollout: { shards: 1, envsPerShard: 3, horizon: 5 } }, [
    environmentOf('ending-v1', ending(final)),
  ]);

test('a batch has final observations, next ones, rewards and the sums of ended episodes, across batches too', async () => {
  const planned = job(50);
  const { workers, units, layouts } = await openInline(planned);
  const weights = actingWeights(units, layouts);
  const first = await workers.run('job', 'collect', { shard: 0, k: 0, version: 0, weights, state: null });
  const batch = readTrajectory(planned.plan.layout, first.batch);
  // Episodes of 2, 3 and 4 steps.
  expect([...batch.agents[0].observation]).toEqual([0, 0, 0, 1, 1, 1, 0, 2, 2, 1, 0, 3, 0, 1, 0, 1, 2, 1]);
  expect([...batch.terminated]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
  expect([...batch.truncated]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect([...batch.finalRow]).toEqual([3, 7, 9, 11]);
  expect([...batch.agents[0].finalObservation]).toEqual([2, 3, 2, 4]);
  expect([...batch.agents[1].finalObservation]).toEqual([50, 50, 50, 50]);
  // Four episodes of 2 + 3 + 2 + 4 steps; per agent return and metric.
  expect([...batch.episodes]).toEqual([4, 11, 11, 11, -3 - 6 - 3 - 10, 0]);

  const { state } = first;
  const second = await workers.run('job', 'collect', { shard: 0, k: 1, version: 0, weights, state });
  const next = readTrajectory(planned.plan.layout, second.batch);
  expect([...next.agents[0].observation.slice(0, 3)]).toEqual([1, 2, 1]);
  // The episodes that the first batch began count with all their steps.
  expect([...next.finalRow]).toEqual([0, 1, 6, 8, 10, 12]);
  expect([...next.episodes.slice(0, 3)]).toEqual([6, 2 + 3 + 2 + 4 + 3 + 2, 16]);
});

describe('a final observation that is not finite', () => {
  test.each([NaN, Infinity])('is the environment’s error, though the next observation is finite: %s', async (final) => {
    const planned = job(final);
    await expect(
      runTraining('job', planned.spec, { environments: planned.environments, learners: 0 }),
    ).rejects.toMatchObject({
      code: 'ENV_OUTPUT_INVALID',
      data: { agent: 'other', instance: 0, what: 'observation', value: String(final), shard: 0, k: 0 },
    });
  });
});

test.each([0, 1])(
  'a mask that forbids everything after %d step(s) is the environment’s error, told with its agent',
  async (steps) => {
    const choosing: Environment = {
      ...ending(0),
      agents: ['one', 'other'].map((id) => ({ id, observationSpace: box(1), actionSpace: discrete(2), masked: true })),
      reset(batch, instances, count) {
        ending(0).reset(batch, instances, count, new RandomStream(0, 'test'));
        for (const mask of batch.actionMask) mask.fill(1);
        if (steps === 0) batch.actionMask[1].fill(0, 2, 4);
      },
      step(batch) {
        for (const mask of batch.actionMask) mask.fill(1);
        if (++batch.state.count[0] === steps) batch.actionMask[1].fill(0, 2, 4);
      },
    };
    const planned = planOf({ env: { id: 'choosing-v1' }, rollout: { shards: 1, envsPerShard: 3, horizon: 5 } }, [
      environmentOf('choosing-v1', choosing),
    ]);
    const { workers, units, layouts } = await openInline(planned);
    const weights = actingWeights(units, layouts);
    const told = { code: 'ENV_OUTPUT_INVALID', data: { agent: 'other', instance: 1, what: 'actionMask' } };
    const collect = workers.run('job', 'collect', { shard: 0, k: 0, version: 0, weights, state: null });
    await expect(collect).rejects.toMatchObject(told);
    const evaluate = workers.run('job', 'evaluate', { version: 0, weights, episodes: 3, maxSteps: 5, seed: 1 });
    await expect(evaluate).rejects.toMatchObject(told);
  },
);

describe('acting weights', () => {
  const { plan } = planOf(smallJob);
  const create = () => new ActingPolicies(createPlainKernels(), plan);
  const count = create().sizes.reduce((sum, size) => sum + size, 0);
  const bytesOf = (value: number): Uint8Array => new Uint8Array(new Float32Array(count).fill(value).buffer);
  const first = (policies: ActingPolicies): number[] => policies.ofAgent.map(({ parameters }) => parameters[0]);

  test('are taken from anywhere in memory, also from a Buffer, whose slices are views', () => {
    const policies = create();
    const unaligned = Buffer.alloc(4 * count + 1).subarray(1);
    unaligned.set(bytesOf(3));
    policies.load(unaligned);
    expect(first(policies)).toEqual([3, 3, 3]);
  });

  test('that cannot be loaded leave no half of them to the next ones', () => {
    const policies = create();
    policies.load(bytesOf(3));
    expect(() =>
      policies.load(
        bytesOf(4)
          .subarray(0, 4 * count - 4)
          .slice(),
      ),
    ).toThrow();
    policies.load(bytesOf(3));
    expect(first(policies)).toEqual([3, 3, 3]);
  });

  test('are those of the request, whatever had the same version before', async () => {
    const { workers, units } = await openInline(planOf(smallJob));
    const request = { version: 7, episodes: 4, maxSteps: 10_000, seed: 1 };
    const evaluated = async (of: typeof workers, weights: Uint8Array) =>
      (await of.run('job', 'evaluate', { ...request, weights })).agents;
    const [mine, other] = [0.5, -0.5].map((value) => bytesOf(value));
    await evaluated(workers, mine!);
    const { workers: fresh } = await openInline(planOf(smallJob));
    expect(await evaluated(workers, other!)).toEqual(await evaluated(fresh, other!));
    expect(await evaluated(workers, other!)).not.toEqual(await evaluated(workers, mine!));
    expect(units).toHaveLength(3);
  });
});

test.each([-1, 1.5, NaN])('%d threads are refused', async (count) => {
  const { spec } = planOf(smallJob);
  await expect(runTraining('job', spec, { actors: count })).rejects.toThrow(/actors must be a whole number/);
  await expect(runTraining('job', spec, { learners: count })).rejects.toThrow(/learners must be a whole number/);
});

test('what an environment’s reset leaves unwritten begins as zeros, whatever was collected here before', async () => {
  const forgetful: Environment = {
    ...ending(0),
    reset(batch, instances, count) {
      for (let e = 0; e < count; e++) for (const observation of batch.observation) observation[instances[e]] = 0;
    },
  };
  const planned = planOf({ env: { id: 'ending-v1' }, rollout: { shards: 2, envsPerShard: 3, horizon: 5 } }, [
    environmentOf('ending-v1', forgetful),
  ]);
  const collectSecond = async (before: boolean): Promise<Uint8Array> => {
    const { workers, units, layouts } = await openInline(planned);
    const weights = actingWeights(units, layouts);
    if (before) await workers.run('job', 'collect', { shard: 0, k: 0, version: 0, weights, state: null });
    return (await workers.run('job', 'collect', { shard: 1, k: 0, version: 0, weights, state: null })).batch;
  };
  expect([...(await collectSecond(true))]).toEqual([...(await collectSecond(false))]);
});
