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

/** A replay that begins anew within the job, and targets that move. */
const replay = {
  ...{ batchSize: 16, updatesPerIteration: 3, learningStarts: 40, replayCapacity: 300, targetUpdateEvery: 4 },
  epsilon: { kind: 'linear', from: 1, to: 0.1, iterations: 5 },
};
const twoStep: JobSpecInput = { ...cartpole, env: { id: 'two-step-v1' } };

const offPolicy = { batchSize: 16, updatesPerIteration: 3, learningStarts: 150, replayCapacity: 300 };
const pendulum: JobSpecInput = { ...cartpole, env: { id: 'pendulum-v1', options: { steps: 20 } } };

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
  ['dqn', { ...cartpole, algorithm: { id: 'dqn', options: replay } }],
  [
    'dqn, dueling, by priority, one shared policy, lag 0',
    {
      ...twoStep,
      policyMapping: 'shared',
      schedule: { lag: 0 },
      algorithm: { id: 'dqn', options: { ...replay, dueling: true, prioritized: {}, nStep: 2, tau: 0.5 } },
    },
  ],
  ['vdn', { ...twoStep, algorithm: { id: 'vdn', options: replay } }],
  ['qmix', { ...twoStep, algorithm: { id: 'qmix', options: { ...replay, prioritized: {}, embeddingSize: 8 } } }],
  ['ddpg', { ...pendulum, algorithm: { id: 'ddpg', options: { ...offPolicy, nStep: 2 } } }],
  ['td3, lag 2', { ...pendulum, schedule: { lag: 2 }, algorithm: { id: 'td3', options: offPolicy } }],
  ['sac', { ...pendulum, algorithm: { id: 'sac', options: offPolicy } }],
  ['sac, discrete', { ...cartpole, algorithm: { id: 'sac', options: offPolicy } }],
  [
    'maddpg, two of three agents with one policy',
    {
      ...smallJob,
      policyMapping: { 'agent-0': 'pair', 'agent-1': 'pair', 'agent-2': 'single' },
      algorithm: { id: 'maddpg', options: offPolicy },
    },
  ],
  [
    'a2c on normalized inputs and rewards, with step sizes that shrink',
    {
      ...smallJob,
      policies: { '*': { network: { hidden: [8], normalizeInput: true } } },
      algorithm: {
        id: 'a2c',
        options: {
          minibatches: 3,
          normalizeRewards: true,
          learningRate: { kind: 'exponential', from: 0.02, to: 0.001, iterations: 5 },
          entropyCoefficient: { kind: 'linear', from: 0.1, to: 0, iterations: 4 },
        },
      },
    },
  ],
  ['impala, lag 2', { ...smallJob, schedule: { lag: 2 }, algorithm: { id: 'impala', options: { minibatches: 2 } } }],
  [
    'ppo with V-trace on normalized inputs, one shared policy',
    {
      ...smallJob,
      policyMapping: 'shared',
      policies: { '*': { network: { hidden: [8], normalizeInput: true } } },
      algorithm: { options: { ...smallJob.algorithm?.options, advantages: 'vtrace' } },
    },
  ],
  [
    'mappo on the global state',
    { ...twoStep, algorithm: { id: 'mappo', options: { epochs: 2, minibatches: 2, criticInput: 'globalState' } } },
  ],
  [
    'mappo on all observations, normalized',
    {
      ...smallJob,
      policies: { '*': { network: { hidden: [8] }, valueNetwork: { normalizeInput: true } } },
      algorithm: { id: 'mappo', options: smallJob.algorithm!.options! },
    },
  ],
  [
    'ppo against a pool of its past, and beside a fixed policy',
    {
      ...smallJob,
      policies: {
        '*': { network: { hidden: [8] } },
        'agent-1': { algorithm: { id: 'pool', options: { of: 'agent-0', every: 2, size: 2 } } },
        'agent-2': { algorithm: { id: 'fixed' } },
      },
    },
  ],
  [
    'ppo with a memory, in sequences of five steps, lag 1',
    {
      ...smallJob,
      policies: { '*': { network: { hidden: [8], recurrent: { size: 6 } } } },
      algorithm: { options: { ...smallJob.algorithm?.options, sequenceLength: 5 } },
    },
  ],
  [
    'impala with a memory, on normalized inputs, beside a pool of its past, lag 2',
    {
      ...cartpole,
      env: { id: 'cue-recall-v1', options: { delay: 5, agents: 2 } },
      schedule: { lag: 2 },
      policies: {
        '*': { network: { hidden: [], recurrent: { size: 6 }, normalizeInput: true } },
        'agent-1': { algorithm: { id: 'pool', options: { of: 'agent-0', every: 2, size: 2 } } },
      },
      algorithm: { id: 'impala', options: { minibatches: 2 } },
    },
  ],
  [
    'ppo in masked levels with a memory, one shared policy, lag 0',
    {
      ...smallJob,
      env: { id: 'orders-v1' },
      policyMapping: 'shared',
      schedule: { lag: 0 },
      policies: { '*': { network: { hidden: [8], recurrent: { size: 6 } } } },
    },
  ],
  ['ppo, composite actions', { ...smallJob, env: { id: 'enter-offer-v1', options: { actions: 'composite' } } }],
];

const THREADS = [
  [0, 2],
  [1, 0],
  [1, 1],
  [2, 3],
  [3, 1],
] as const;

describe.each(jobs)('%s', (_, job) => {
  test('any number of actors and learner threads gives the same weights', async () => {
    const expected = await digestOf(job);
    // Threads take longer to start than such a job to train: all their numbers for one job, the extremes for each.
    for (const [actors, learners] of job === smallJob ? THREADS : [THREADS[0], THREADS[3]]) {
      expect(await digestOf(job, { actors, learners }), `${actors} actors, ${learners} learners`).toBe(expected);
    }
  });

  test('every engine gives the same weights', async () => {
    const expected = await digestOf({ ...job, engine: 'wasm' });
    expect(await digestOf({ ...job, engine: 'plain' })).toBe(expected);
    expect(await digestOf({ ...job, engine: 'native' })).toBe(expected);
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
