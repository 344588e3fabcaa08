import { expect, it } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/catalog.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { type JobSpecInput, previewJob } from '../../../src/jobs/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { ActingPolicies } from '../../../src/training/acting.js';
import { planJob } from '../../../src/training/plan.js';
import { resolve } from '../../helpers/training.js';

const catalogs = { environments: environmentCatalog, algorithms: algorithmCatalog };
const shapes: readonly Pick<JobSpecInput, 'policies' | 'policyMapping' | 'algorithm'>[] = [
  {},
  { policies: { '*': { network: { hidden: [] } } } },
  { policies: { '*': { network: { hidden: [7, 5] } } } },
];

it.each([...environmentCatalog.keys()])('what is said of a job in %s beforehand is what it is made of', (id) => {
  for (const shape of shapes) {
    const spec = resolve({ env: { id }, rollout: { shards: 3, envsPerShard: 5, horizon: 7 }, ...shape });
    const plan = planJob('job', spec, environmentCatalog);
    const preview = previewJob(spec, catalogs);
    const acting = new ActingPolicies(createPlainKernels(), plan);
    expect(preview.policies.map(({ actingParameters }) => actingParameters)).toEqual(acting.sizes);
    expect(preview.policies.map(({ policyId }) => policyId)).toEqual(plan.policies.map(({ policyId }) => policyId));
    expect(preview).toMatchObject({
      batchBytes: plan.layout.denseBytes,
      envStepsPerIteration: plan.envStepsPerIteration,
      agentStepsPerIteration: plan.agentStepsPerIteration,
      iterations: 100,
      agentSteps: 100 * plan.agentStepsPerIteration,
    });
  }
});

it('levels with networks of their own, and laws that an algorithm wants, are counted as they are made', () => {
  const cases: readonly JobSpecInput[] = [
    { env: { id: 'hierarchical-demo-v1' }, policies: { '*': { levelNetworks: 'separate', network: { hidden: [6] } } } },
    { env: { id: 'median-v1' }, algorithm: { id: 'notebook' } },
    { env: { id: 'cartpole-v1' }, policyMapping: 'shared' },
    { env: { id: 'pendulum-v1' }, algorithm: { id: 'sac' } },
    { env: { id: 'cartpole-v1' }, algorithm: { id: 'sac' } },
    { env: { id: 'median-v1' }, policies: { '*': { distribution: { std: 'network' } } } },
    { env: { id: 'pendulum-v1' }, algorithm: { id: 'td3' } },
    { env: { id: 'median-v1' }, algorithm: { id: 'maddpg' } },
  ];
  for (const input of cases) {
    const spec = resolve(input);
    const acting = new ActingPolicies(createPlainKernels(), planJob('job', spec, environmentCatalog));
    const counts = previewJob(spec, catalogs).policies.map(({ actingParameters }) => actingParameters);
    expect(counts).toEqual(acting.sizes);
  }
});

it('an end that only time decides is none that can be counted', () => {
  const preview = previewJob(resolve({ env: { id: 'median-v1' }, stop: { wallSeconds: 5 } }), catalogs);
  expect([preview.iterations, preview.agentSteps]).toEqual([null, null]);
  const byes = previewJob(resolve({ env: { id: 'median-v1' }, stop: { agentSteps: 1, iterations: 9 } }), catalogs);
  expect(byes.iterations).toBe(1);
});

it.each<[JobSpecInput['engine'], number[], RegExp | null]>([
  ['auto', [256, 256], null],
  ['auto', [256, 257], /agent-0, agent-1.* 256 × 256.*"engine": "tensorflow"/],
  // One number in, however many out, is no large product.
  ['auto', [4096], null],
  ['native', [512, 512], null],
  ['native', [512, 513], /512 × 512/],
  ['tensorflow', [1024, 1024], null],
])('wide layers on the engine %s are noted: %j', (engine, hidden, note) => {
  const spec = resolve({ env: { id: 'median-v1' }, engine, policies: { '*': { network: { hidden } } } });
  const { notes } = previewJob(spec, catalogs);
  expect(notes).toEqual(note === null ? [] : [expect.stringMatching(note)]);
});

it.each<[string, Partial<JobSpecInput>, RegExp | null]>([
  ['as many learners as policies', { learners: 3 }, null],
  ['one more', { learners: 4 }, /^learners is 4, but the updates of 3 policies can be shared by 3 at most: .*scaling/],
  [
    'a team that learns together',
    { learners: 2, algorithm: { id: 'maddpg' } },
    /of 3 policies cannot be shared: a policy is updated by one/,
  ],
  ['one replay among others', { learners: 3, policies: { 'agent-0': { algorithm: { id: 'ddpg' } } } }, null],
  ['a shared policy', { learners: 2, policyMapping: 'shared' }, /of 1 policy cannot be shared/],
  ['TensorFlow.js', { learners: 2, engine: 'tensorflow' }, /cannot be shared: what TensorFlow\.js computes stays/],
])('learners that would have nothing to do are noted: %s', (_, more, note) => {
  const { notes } = previewJob(resolve({ env: { id: 'median-v1' }, ...more }), catalogs);
  expect(notes).toEqual(note === null ? [] : [expect.stringMatching(note)]);
});
