import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../../src/jobs/index.js';
import { messagesOf, resolved } from './catalogs.js';

const median = (fields: Readonly<Record<string, unknown>> = {}) => ({ env: { id: 'median-v1' }, ...fields });
const pendulum = (fields: Readonly<Record<string, unknown>> = {}) => ({ env: { id: 'pendulum-v1' }, ...fields });
const matrix = (fields: Readonly<Record<string, unknown>> = {}) => ({ env: { id: 'matrix-v1' }, ...fields });
const poolOf = (of: string) => ({ algorithm: { id: 'pool', options: { of } } });
const normalized = { network: { normalizeInput: true } };
const ofSchedule = (what: string): string =>
  `/schedule/kind is "async", which ${what} cannot learn in; it must be "lockstep"`;
const MORE = 9_007_199_254_740_991;

/** what is wrong → the spec, and every message that it gives. */
const TABLE: readonly [string, unknown, readonly string[]][] = [
  [
    'settings of the other schedule',
    median({ schedule: { batches: 2, maxPolicyLag: 3 } }),
    [
      '/schedule/batches is for kind "async"; leave it out, or set kind to "async"',
      '/schedule/maxPolicyLag is for kind "async"; leave it out, or set kind to "async"',
    ],
  ],
  [
    'an algorithm that cannot learn in the asynchronous schedule',
    median({ schedule: { kind: 'async' }, algorithm: { id: 'notebook' } }),
    [ofSchedule('"notebook"')],
  ],
  [
    'the same for one policy only',
    median({ schedule: { kind: 'async' }, policies: { 'agent-1': { algorithm: { id: 'notebook' } } } }),
    [ofSchedule('"notebook"')],
  ],
  ['a schedule of no kind', median({ schedule: { kind: 'asynchronous' } }), ['/schedule/kind is "asynchronous"']],
  ['too few batches', median({ schedule: { kind: 'async', batches: 0 } }), ['/schedule/batches is 0']],
  [
    'normalized inputs of an algorithm that keeps no statistics',
    median({ algorithm: { id: 'notebook' }, policies: { '*': normalized } }),
    ['/policies/*/network/normalizeInput is nothing that "notebook" can learn; leave it out'],
  ],
  [
    'normalized inputs of one policy whose algorithm keeps none',
    median({ policies: { 'agent-2': { ...normalized, algorithm: { id: 'notebook' } } } }),
    ['/policies/agent-2/network/normalizeInput is nothing that "notebook" can learn; leave it out'],
  ],
  [
    'a step size that is no number and no schedule',
    median({ algorithm: { options: { learningRate: 'fast' } } }),
    [
      '/algorithm/options/learningRate is "fast", but must be a number above 0 and at most 10 or an object whose kind is "linear" or "exponential"',
    ],
  ],
  [
    'normalized inputs of a value network only',
    median({ algorithm: { id: 'notebook' }, policies: { '*': { valueNetwork: { normalizeInput: true } } } }),
    ['/policies/*/valueNetwork/normalizeInput is nothing that "notebook" can learn; leave it out'],
  ],
  [
    'normalized inputs of actions in levels',
    { env: { id: 'hierarchical-demo-v1' }, policies: { '*': normalized } },
    ['/policies/*/network/normalizeInput is for actions of one level only; leave it out'],
  ],
  [
    'weights of no iteration',
    median({ policies: { 'agent-0': { initial: { job: 'earlier' } } } }),
    [`/policies/agent-0/initial/iteration is missing; it must be a whole number from 0 to ${MORE}`],
  ],
  [
    'weights of a job whose id is none',
    median({ policies: { 'agent-0': { initial: { job: '../etc', iteration: 1 } } } }),
    ['/policies/agent-0/initial/job is "../etc"'],
  ],
  [
    'weights of a negative iteration',
    median({ policies: { 'agent-0': { initial: { job: 'earlier', iteration: -1 } } } }),
    ['/policies/agent-0/initial/iteration is -1'],
  ],
  [
    'a field of initial weights that there is not',
    median({ policies: { '*': { initial: { job: 'earlier', iteration: 1, polciy: 'a' } } } }),
    ['/policies/*/initial/polciy is no field here; did you mean "policy"?'],
  ],
  [
    'a critic of a global state that the environment has not',
    median({ algorithm: { id: 'mappo', options: { criticInput: 'globalState' } } }),
    ['/algorithm/options/criticInput is "globalState", which the environment has not; choose another'],
  ],
  [
    'the same for one policy only',
    median({ policies: { 'agent-1': { algorithm: { id: 'mappo', options: { criticInput: 'globalState' } } } } }),
    ['/policies/agent-1/algorithm/options/criticInput is "globalState", which the environment has not; choose another'],
  ],
  [
    'a mixer of a global state that the environment has not',
    matrix({ algorithm: { id: 'qmix', options: { mixerState: 'globalState' } } }),
    ['/algorithm/options/mixerState is "globalState", which the environment has not; choose another'],
  ],
  [
    'a pool of a policy that there is not',
    median({ policies: { 'agent-1': poolOf('agent-3') } }),
    [
      '/policies/agent-1/algorithm/options/of is "agent-3", but must be another policy out of "agent-0", "agent-1" or "agent-2"; did you mean "agent-0"?',
    ],
  ],
  [
    'a pool of nothing that is named',
    median({ policies: { 'agent-1': { algorithm: { id: 'pool' } } } }),
    [
      '/policies/agent-1/algorithm/options/of is "shared", but must be another policy out of "agent-0", "agent-1" or "agent-2"',
    ],
  ],
  [
    'a pool of itself',
    median({ policies: { 'agent-1': poolOf('agent-1') } }),
    [
      '/policies/agent-1/algorithm/options/of is "agent-1", the policy itself, but must be another policy out of "agent-0", "agent-1" or "agent-2"',
    ],
  ],
  [
    'the same where it is only one of several policies that have no settings of their own',
    median(poolOf('agent-2')),
    ['/algorithm/options/of is "agent-2", the policy itself'],
  ],
  [
    'a pool where nobody else plays',
    pendulum(poolOf('shared')),
    ['/algorithm/options/of is "shared", but must be another policy, and "motor" is the only one of the job'],
  ],
  [
    'a pool of a policy with another network',
    median({ policies: { '*': poolOf('agent-0'), 'agent-0': { algorithm: { id: 'ppo' }, network: { hidden: [4] } } } }),
    [
      '/policies/*/algorithm/options/of is "agent-0", which acts by 14 parameters, and "agent-1" by 4354; it must be a policy of the same observations, actions, network and distribution',
      '/policies/*/algorithm/options/of is "agent-0", which acts by 14 parameters, and "agent-2" by 4354',
    ],
  ],
  [
    'a replay that no memory holds',
    pendulum({ algorithm: { id: 'sac', options: { replayCapacity: 1_000_000_000 } } }),
    [
      '/algorithm/options/replayCapacity is 1000000000, which needs 33.53 GiB for "motor", but at most 1.50 GiB are allowed for all replays of a job; about 44739242 transitions each would fit',
    ],
  ],
  [
    'replays that no memory holds together, one of which is set apart',
    median({
      algorithm: { id: 'ddpg', options: { replayCapacity: 30_000_000 } },
      policies: { 'agent-0': { algorithm: { options: { gamma: 0.9 } } } },
    }),
    [
      '/algorithm/options/replayCapacity is 30000000, which needs 0.56 GiB for "agent-0", and 1.68 GiB with the others, but at most',
    ],
  ],
  [
    'the replay of a team',
    matrix({ algorithm: { id: 'vdn', options: { replayCapacity: 900_000_000 } } }),
    [
      '/algorithm/options/replayCapacity is 900000000, which needs 26.82 GiB for "agent-0" and "agent-1", but at most 1.50 GiB are allowed',
    ],
  ],
  [
    'the priorities of a replay',
    { env: { id: 'cartpole-v1' }, algorithm: { id: 'dqn', options: { replayCapacity: 25_000_000, prioritized: {} } } },
    ['/algorithm/options/replayCapacity is 25000000, which needs'],
  ],
  [
    'a step size that grows beyond its bound',
    median({ algorithm: { options: { learningRate: { kind: 'linear', from: 0.1, to: 11, iterations: 5 } } } }),
    ['/algorithm/options/learningRate'],
  ],
  [
    'a step size that falls to 0',
    median({ algorithm: { options: { learningRate: { kind: 'linear', from: 0.1, to: 0, iterations: 5 } } } }),
    ['/algorithm/options/learningRate'],
  ],
  [
    'an entropy weight that never falls to 0 in equal ratios',
    median({ algorithm: { options: { entropyCoefficient: { kind: 'exponential', from: 1, to: 0, iterations: 5 } } } }),
    ['/algorithm/options/entropyCoefficient'],
  ],
];

describe('what a policy learns by, and in which order', () => {
  it.each(TABLE)('%s is told', (_, spec, messages) => {
    const found = messagesOf(spec);
    expect(found).toHaveLength(messages.length);
    for (const [m, message] of messages.entries()) expect(found[m]?.slice(0, message.length)).toBe(message);
  });

  it.each([
    ['normalized inputs', pendulum({ policies: { '*': normalized } })],
    ['normalized inputs of a fixed policy', pendulum({ policies: { '*': normalized }, algorithm: { id: 'fixed' } })],
    [
      'normalized inputs of a pool',
      median({
        policies: { '*': normalized, 'agent-1': { algorithm: { id: 'pool', options: { of: 'agent-0' } } } },
      }),
    ],
    [
      'a global state that there is',
      { env: { id: 'two-step-v1' }, algorithm: { id: 'mappo', options: { criticInput: 'globalState' } } },
    ],
    [
      'a mixer of a global state that there is',
      { env: { id: 'two-step-v1' }, algorithm: { id: 'qmix', options: { mixerState: 'globalState' } } },
    ],
    [
      'pools of each other’s and of one that learns',
      median({ policies: { 'agent-1': poolOf('agent-0'), 'agent-2': poolOf('agent-1') } }),
    ],
    ['a replay of the size that fits', pendulum({ algorithm: { id: 'sac', options: { replayCapacity: 44_739_236 } } })],
    [
      'a replay that is too large for an algorithm that another layer puts in its place',
      pendulum({
        algorithm: { id: 'sac', options: { replayCapacity: 1_000_000_000 } },
        policies: { '*': { algorithm: { id: 'ppo' } } },
      }),
    ],
    [
      'weights that stay, and those that change',
      median({
        algorithm: {
          options: {
            learningRate: { kind: 'exponential', from: 0.1, to: 0.001, iterations: 5 },
            entropyCoefficient: { kind: 'linear', from: 0.1, to: 0, iterations: 5 },
          },
        },
      }),
    ],
  ])('%s is taken', (_, spec) => {
    expect(messagesOf(spec)).toEqual([]);
  });
});

describe('a schedule', () => {
  const rollout = { shards: 5 };

  it('in lockstep takes a batch of every shard, and lets lag + 1 wait', () => {
    expect(scheduleOf(resolved(median({ rollout, schedule: { lag: 2 } })))).toEqual({
      kind: 'lockstep',
      batchesPerIteration: 5,
      batchesPerShard: 3,
      maxPolicyLag: 2,
    });
  });

  it('that is asynchronous takes half of the shards’ batches, unless it says how many', () => {
    expect(scheduleOf(resolved(median({ rollout, schedule: { kind: 'async' } })))).toEqual({
      kind: 'async',
      batchesPerIteration: 3,
      batchesPerShard: 2,
      maxPolicyLag: 8,
    });
    const own = { kind: 'async', batches: 7, maxPolicyLag: 1 };
    expect(scheduleOf(resolved(median({ rollout, schedule: own })))).toMatchObject({
      batchesPerIteration: 7,
      maxPolicyLag: 1,
    });
  });
});
