import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { EnvironmentDefinition } from '../../../src/envs/index.js';
import type { JobSpec, JobSpecInput } from '../../../src/jobs/index.js';
import { runTraining } from '../../../src/training/index.js';
import { recorder, resolve as resolveIn, smallJob } from '../../helpers/training.js';

/** Orders in levels, with masks. */
const orders = new URL('../../helpers/environments/orders.mjs', import.meta.url).href;
const environments = [((await import(orders)) as { environment: EnvironmentDefinition }).environment];
const resolve = (input: JobSpecInput): JobSpec => resolveIn(input, environments);

const inline = { actors: 0, learners: 0, environmentModules: [orders] };
const digestOf = async (input: JobSpecInput, options: Parameters<typeof runTraining>[2] = inline): Promise<string> =>
  (await runTraining('job', resolve(input), { ...options, environmentModules: [orders] })).digest;

const cartpole: JobSpecInput = {
  env: { id: 'cartpole-v1', options: { steps: 20 } },
  policies: { '*': { network: { hidden: [8] } } },
  algorithm: { options: { epochs: 2, minibatches: 2, shuffle: 'instances' } },
  rollout: { shards: 2, envsPerShard: 4, horizon: 16 },
  evaluation: { every: 0, episodes: 4 },
  checkpoint: { every: 0 },
  stop: { iterations: 6 },
};

const jobs: readonly (readonly [string, JobSpecInput])[] = [
  ['ppo, independent policies, lag 1', smallJob],
  ['ppo, one shared policy, lag 0', { ...smallJob, policyMapping: 'shared', schedule: { lag: 0 } }],
  ['ppo, lag 3', { ...smallJob, schedule: { lag: 3 } }],
  ['ppo, discrete actions, whole instances', cartpole],
  ['reinforce, no baseline', { ...smallJob, algorithm: { id: 'reinforce', options: { baseline: false } } }],
  [
    'notebook, as written',
    {
      ...smallJob,
      env: { id: 'median-v1', options: { steps: 16, observation: 'notebook' } },
      algorithm: { id: 'notebook', options: { asWritten: true } },
    },
  ],
  [
    'ppo in masked levels, each with its own network and credit, lag 1',
    {
      ...smallJob,
      env: { id: 'orders-v1' },
      schedule: { lag: 1 },
      policies: {
        '*': {
          network: { hidden: [8] },
          levelNetworks: 'separate',
          levels: { size: { distribution: { initialLogStd: -1 } } },
        },
        other: { levels: { size: { distribution: { kind: 'truncatedGaussian' } } } },
      },
      algorithm: {
        options: {
          ...smallJob.algorithm?.options,
          levels: { size: { learningRate: 0.02, gamma: 0.5 }, kind: { entropyCoefficient: 0.01, lambda: 0.5 } },
        },
      },
    },
  ],
  [
    'reinforce in masked levels of one shared network, paid together',
    {
      ...smallJob,
      env: { id: 'orders-v1' },
      policyMapping: 'shared',
      algorithm: { id: 'reinforce', options: { credit: 'shared', learningRate: 0.01 } },
    },
  ],
  ['ppo, composite actions', { ...smallJob, env: { id: 'enter-offer-v1', options: { actions: 'composite' } } }],
];

describe.each(jobs)('%s', (_, job) => {
  test('any number of actors and learner threads gives the same weights', async () => {
    const expected = await digestOf(job);
    for (const [actors, learners] of [
      [0, 2],
      [1, 0],
      [1, 1],
      [2, 3],
      [3, 1],
    ] as const) {
      expect(await digestOf(job, { actors, learners }), `${actors} actors, ${learners} learners`).toBe(expected);
    }
  });

  test('the slow specification of the kernels gives the same weights', async () => {
    expect(await digestOf({ ...job, engine: 'plain' })).toBe(await digestOf({ ...job, engine: 'wasm' }));
  });

  test('a run that was stopped and resumed ends with the same weights', async () => {
    const checkpoints = createMemoryCheckpointStore();
    const first = recorder((event) => event.type === 'iteration' && event.iteration === 3);
    const stopped = await runTraining('job', resolve(job), { ...inline, checkpoints, ...first });
    expect(stopped).toMatchObject({ state: 'cancelled', reason: 'interrupted', iterations: 3 });
    const resumed = await runTraining('job', resolve(job), {
      ...inline,
      ...{ actors: 2, learners: 1, checkpoints, resume: true },
    });
    const whole = await runTraining('job', resolve(job), inline);
    expect(resumed.digest).toBe(whole.digest);
    expect(resumed).toMatchObject({
      iterations: whole.iterations,
      envSteps: whole.envSteps,
      agentSteps: whole.agentSteps,
    });
    expect(resumed.evaluation).toEqual(whole.evaluation);
  });
});

test('another seed gives other weights', async () => {
  expect(await digestOf({ ...smallJob, seed: 12 })).not.toBe(await digestOf(smallJob));
});

test.each([
  ['lag', { schedule: { lag: 0 } }],
  ['horizon', { rollout: { ...smallJob.rollout, horizon: 17 } }],
  ['an algorithm option', { algorithm: { options: { ...smallJob.algorithm?.options, clip: 0.01 } } }],
] as const)('the digest depends on %s', async (_, change) => {
  expect(await digestOf({ ...smallJob, ...change })).not.toBe(await digestOf(smallJob));
});

test('what is told of an iteration is the same too, but for times', async () => {
  const runs = await Promise.all(
    [inline, { actors: 2, learners: 2 }].map(async (options) => {
      const { events, onEvent } = recorder();
      await runTraining('job', resolve(smallJob), { ...options, onEvent });
      return events.flatMap((event) => {
        if (event.type !== 'iteration') return [];
        const { wallSeconds: _wall, seconds: _seconds, throughput: _throughput, ...facts } = event;
        return [facts];
      });
    }),
  );
  expect(runs[0]).toHaveLength(8);
  expect(runs[1]).toEqual(runs[0]);
});

test('batch k is collected with version max(0, k − lag)', async () => {
  for (const lag of [0, 1, 2]) {
    const { events, onEvent } = recorder();
    await runTraining('job', resolve({ ...smallJob, schedule: { lag } }), { actors: 2, learners: 1, onEvent });
    const lags = events.flatMap((event) => (event.type === 'iteration' ? [event.policyLag] : []));
    expect(lags).toEqual(Array.from({ length: 8 }, (_, k) => Math.min(k, lag)));
  }
});
