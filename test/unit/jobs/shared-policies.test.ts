import { expect, it } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { sharedPolicies } from '../../../src/jobs/index.js';
import { planJob } from '../../../src/training/plan.js';
import { resolve } from '../../helpers/training.js';

const catalogs = { environments: environmentCatalog, algorithms: algorithmCatalog };
const agents = { env: { id: 'median-v1', options: { agents: 5 } } };
const shared = { 'agent-0': 'zero', 'agent-1': 'one', 'agent-2': 'two', 'agent-3': 'both', 'agent-4': 'both' };

it.each([
  ['one learner', agents, 1],
  ['policies that are alike', { ...agents, learners: 2 }, 2],
  ['one of several agents', { ...agents, learners: 2, policyMapping: shared }, 2],
  ['one with more layers', { ...agents, learners: 2, policies: { 'agent-3': { network: { hidden: [64, 64] } } } }, 2],
  ['actions in levels', { env: { id: 'hierarchical-demo-v1', options: { agents: 3 } }, learners: 2 }, 2],
  ['a team', { env: { id: 'two-step-v1' }, algorithm: { id: 'qmix' }, learners: 2 }, 1],
])('what is shown of the parts is what learners make of them: %s', (_, input, count) => {
  const spec = resolve(input);
  const { parts, units, policies } = planJob('job', spec, environmentCatalog);
  const planned = parts.map((own) => own.flatMap((unit) => units[unit]!.policies.map((p) => policies[p]!.policyId)));
  expect(planned).toHaveLength(count);
  expect(sharedPolicies(spec, catalogs)).toEqual(planned);
});
