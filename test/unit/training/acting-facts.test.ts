import { expect, test } from 'vitest';
import { environmentCatalog } from '../../../src/envs/index.js';
import { actingFacts, describePolicies } from '../../../src/training/acting-facts.js';
import { planJob } from '../../../src/training/plan.js';
import { resolve, smallJob } from '../../helpers/training.js';

test('policies that are made alike share what is told of them', () => {
  const policies = { '*': { network: { hidden: [8] } }, 'agent-2': { network: { hidden: [4] } } };
  const { acting, forms, origin } = describePolicies(resolve({ ...smallJob, policies }), environmentCatalog);
  expect(acting.map(({ policyId, agents, form }) => [policyId, agents, form])).toEqual([
    ['agent-0', ['agent-0'], 0],
    ['agent-1', ['agent-1'], 0],
    ['agent-2', ['agent-2'], 1],
  ]);
  expect(forms).toHaveLength(2);
  expect(forms[1]).toMatchObject({ agentIds: false, spec: { network: { hidden: [4] } }, algorithm: { id: 'ppo' } });
  expect(origin).toEqual({ environment: 'median-v1', seed: 11 });
});

test('an observation of many bounds is told by its shape', () => {
  const plan = planJob('job', resolve(smallJob), environmentCatalog);
  const many = { kind: 'box', shape: [40_000], low: new Array<number>(40_000).fill(-Infinity) } as const;
  const agents = plan.environment.agents.map((agent) => ({ ...agent, observationSpace: many }));
  const { forms } = actingFacts({ ...plan, environment: { ...plan.environment, agents } });
  expect(forms[0]).toMatchObject({ observationSpace: { kind: 'box', shape: [40_000] } });
  expect(JSON.stringify(forms[0]).length).toBeLessThan(2000);
});
