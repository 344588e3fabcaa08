import { describe, expect, it } from 'vitest';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { type IterationView, runTraining } from '../../../src/training/index.js';
import { resolve } from '../../helpers/training.js';

const SPEC: JobSpecInput = {
  env: { id: 'matrix-v1', options: { game: 'penalty', steps: 1 } },
  policies: { 'agent-0': { network: { hidden: [3] } }, 'agent-1': { network: { hidden: [] } } },
  rollout: { shards: 2, envsPerShard: 4, horizon: 5 },
  stop: { iterations: 4 },
};

/** A run whose iterations with an even number are looked at, what is seen being copied. */
async function look(spec: JobSpecInput) {
  const seen: IterationView[] = [];
  const result = await runTraining('job', resolve(spec), {
    actors: 0,
    learners: 0,
    inspector: {
      wants: (iteration) => iteration % 2 === 0,
      look: (view) => seen.push(structuredClone(view)),
    },
  });
  return { seen, result };
}

describe('an inspector', () => {
  it('sees the iterations that it wants, with the weights that were published and the actions that were learned from', async () => {
    const { seen, result } = await look(SPEC);
    expect(seen.map(({ iteration, agentSteps }) => [iteration, agentSteps])).toEqual([
      [2, 160],
      [4, 320],
    ]);
    const last = seen[1].policies;
    expect(last.map(({ policyId, parameters }) => [policyId, parameters.map(({ part }) => part)])).toEqual([
      ['agent-0', ['layers.0.weights', 'layers.0.bias', 'layers.1.weights', 'layers.1.bias']],
      ['agent-1', ['layers.0.weights', 'layers.0.bias']],
    ]);
    for (const { policyId, parameters, actions, actionSpace } of last) {
      expect(parameters.flatMap(({ values }) => [...values])).toEqual([...result.weights[policyId]]);
      expect(actionSpace).toEqual({ kind: 'discrete', count: 3 });
      expect(actions.map((array) => array.length)).toEqual([20, 20]);
      for (const action of actions.flatMap((array) => [...array])) expect([0, 1, 2]).toContain(action);
    }
  });

  it('sees a policy that agents share once, with the actions of all of them', async () => {
    const { seen } = await look({ ...SPEC, policies: {}, policyMapping: 'shared' });
    expect(seen[0].policies).toHaveLength(1);
    expect(seen[0].policies[0].actions).toHaveLength(4);
  });

  it('changes no weights', async () => {
    const { result } = await look(SPEC);
    const plain = await runTraining('job', resolve(SPEC), { actors: 0, learners: 0 });
    expect(result.digest).toBe(plain.digest);
  });
});
