import { expect, it } from 'vitest';
import { algorithmCatalog, findAlgorithm } from '../../../src/algorithms/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { partsOf, specDigest, validateJobSpec } from '../../../src/jobs/index.js';
import { planJob } from '../../../src/training/plan.js';
import { resolve } from '../../helpers/training.js';

const job = (learners: number, more: object = {}) => resolve({ env: { id: 'median-v1' }, learners, ...more });
const plan = (learners: number, more: object = {}) => planJob('job', job(learners, more), environmentCatalog);

it.each([
  ['one learner has all', plan(1).parts, [[0, 1, 2]]],
  ['two share them', plan(2).parts, [[0, 2], [1]]],
  ['there are no more parts than units', plan(8).parts, [[0], [1], [2]]],
  ['a team that learns together is one unit', plan(3, { algorithm: { id: 'maddpg' } }).parts, [[0]]],
  ['units with a replay stay', plan(3, { algorithm: { id: 'ddpg' } }).parts, [[0, 1, 2]]],
  ['and others go', plan(3, { policies: { 'agent-0': { algorithm: { id: 'ddpg' } } } }).parts, [[0], [1], [2]]],
  ['what computes with TensorFlow.js stays', plan(3, { engine: 'tensorflow' }).parts, [[0, 1, 2]]],
])('%s', (_, found, expected) => {
  expect(found).toEqual(expected);
});

it('the most expensive units are spread first, so that parts take about as long', () => {
  const { units, policies } = plan(1);
  expect(partsOf(job(2), units, policies, [1, 5, 4], findAlgorithm)).toEqual([[1], [0, 2]]);
});

it('a piece has what its units learn from, and of other agents what critics see', () => {
  const [first, second] = plan(2).pieces;
  expect([first, second]).toEqual([
    { agents: new Set([0, 2]), allObservations: false, globalState: false },
    { agents: new Set([1]), allObservations: false, globalState: false },
  ]);
  const observing = plan(2, { algorithm: { id: 'mappo', options: { criticInput: 'observations' } } });
  expect(observing.pieces[1]).toEqual({ agents: new Set([1]), allObservations: true, globalState: false });
});

it('how many learners share a job decides no weights, and is for the lockstep schedule', () => {
  expect(specDigest(job(4))).toBe(specDigest(job(1)));
  const asynchronous = {
    env: { id: 'median-v1' },
    learners: 2,
    schedule: { kind: 'async' },
    algorithm: { id: 'impala' },
  };
  const found = validateJobSpec(asynchronous, { environments: environmentCatalog, algorithms: algorithmCatalog });
  expect(found).toMatchObject({ ok: false, faults: [{ pointer: '/learners' }] });
});
