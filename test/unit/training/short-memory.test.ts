import { expect, test } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { Kernels } from '../../../src/kernels/index.js';
import { UpdateRunner } from '../../../src/training/update-runner.js';
import { expectAllOrNothing } from '../../helpers/short-memory.js';
import { planOf } from './planning.js';

const MATRIX = { id: 'matrix-v1' };
const PENDULUM = { id: 'pendulum-v1' };
const DEMO = { id: 'hierarchical-demo-v1' };
const offPolicy = { batchSize: 4, replayCapacity: 10 };
const networks = { network: { hidden: [4] } };

const JOBS: Readonly<Record<string, JobSpecInput>> = {
  ppo: { env: MATRIX, algorithm: { options: { advantages: 'vtrace', normalizeRewards: true } } },
  mappo: { env: { id: 'cue-recall-v1' }, policies: { '*': { network: { hidden: [4], recurrent: { size: 3 } } } } },
  reinforce: { env: DEMO, policies: { '*': { ...networks, levelNetworks: 'separate' } } },
  a2c: { env: DEMO, algorithm: { options: { minibatches: 2 } } },
  impala: { env: MATRIX, policies: { '*': { network: { hidden: [4], normalizeInput: true } } } },
  dqn: { env: MATRIX, algorithm: { options: { ...offPolicy, dueling: true } } },
  vdn: { env: MATRIX, algorithm: { options: offPolicy } },
  qmix: { env: MATRIX, algorithm: { options: offPolicy } },
  ddpg: { env: PENDULUM, algorithm: { options: offPolicy } },
  td3: { env: PENDULUM, algorithm: { options: offPolicy } },
  sac: { env: PENDULUM, algorithm: { options: offPolicy } },
  maddpg: { env: MATRIX, algorithm: { options: offPolicy } },
  fixed: { env: MATRIX },
  pool: {
    env: MATRIX,
    algorithm: { id: 'ppo' },
    policies: { '*': networks, 'agent-1': { algorithm: { id: 'pool', options: { of: 'agent-0', size: 2 } } } },
  },
  notebook: { env: { id: 'median-v1' } },
};

test('every algorithm is here', () => {
  expect(Object.keys(JOBS).sort()).toEqual(algorithmCatalog.map(({ id }) => id).sort());
});

// Of a job that does not fit, a thread that serves others keeps nothing.
test.each(Object.entries(JOBS))('an updater that does not fit leaves memory as it was: %s', async (id, job) => {
  const { plan } = planOf({
    policies: { '*': networks },
    rollout: { shards: 1, envsPerShard: 3, horizon: 5 },
    ...job,
    // A pool is the policy of one agent, beside one that learns.
    algorithm: { id, ...job.algorithm },
  });
  const unit = plan.units.at(-1)!;
  const definition = algorithmCatalog.find((entry) => entry.id === id)!;
  const algorithm = await definition.load();
  expect(plan.policies[unit.policies[0]!]!.algorithm.id).toBe(id);
  const make = (kernels: Kernels) => new UpdateRunner(kernels, plan, unit, algorithm, () => 0);
  expectAllOrNothing(make);
});
