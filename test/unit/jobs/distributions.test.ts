import { describe, expect, it } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { previewJob } from '../../../src/jobs/index.js';
import { catalogs, faultsOf, resolved } from './catalogs.js';

const cartpole = (algorithm: string, kind: string, more: Readonly<Record<string, unknown>> = {}) => ({
  env: { id: 'cartpole-v1' },
  algorithm: { id: algorithm },
  policies: { '*': { distribution: { kind } } },
  ...more,
});

describe('a law whose exploration the algorithm schedules', () => {
  it.each(['dqn', 'vdn', 'qmix'])('is the only one that %s takes', (algorithm) => {
    for (const kind of ['auto', 'epsilonGreedy']) expect(faultsOf(cartpole(algorithm, kind))).toEqual([]);
    const [fault, ...others] = faultsOf(cartpole(algorithm, 'categorical'));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({
      pointer: '/policies/*/distribution/kind',
      message: expect.stringContaining(
        `must be "auto" or "epsilonGreedy", the only distribution that ${algorithm} learns`,
      ),
    });
  });

  it('is refused where a policy gradient would have nothing to move', () => {
    for (const algorithm of ['ppo', 'reinforce']) {
      const [fault, ...others] = faultsOf(cartpole(algorithm, 'epsilonGreedy'));
      expect(others).toEqual([]);
      expect(fault).toMatchObject({
        pointer: '/policies/*/distribution/kind',
        found: '"epsilonGreedy"',
        message: expect.stringContaining(`must be a distribution that ${algorithm} learns`),
      });
    }
  });

  it('is refused for a level too, where it is written', () => {
    const levels = { decision: { distribution: { kind: 'epsilonGreedy' } } };
    const [fault, ...others] = faultsOf({ env: { id: 'hierarchical-demo-v1' }, policies: { 'agent-0': { levels } } });
    expect(others).toEqual([]);
    expect(fault).toMatchObject({
      pointer: '/policies/agent-0/levels/decision/distribution/kind',
      found: '"epsilonGreedy"',
    });
  });

  it('is judged by each policy’s own algorithm', () => {
    const policies = {
      'agent-0': { algorithm: { id: 'dqn' } },
      'agent-1': { distribution: { kind: 'epsilonGreedy' } },
    };
    const faults = faultsOf({ env: { id: 'two-step-v1' }, policies });
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/policies/agent-1/distribution/kind']);
  });

  it('needs choices: dqn is refused a box, whatever the distribution', () => {
    expect(faultsOf({ env: { id: 'median-v1' }, algorithm: { id: 'dqn' } }).map(({ pointer }) => pointer)).toContain(
      '/algorithm/id',
    );
  });
});

it('ε counts among the parameters that acting takes', () => {
  const hidden = { policies: { '*': { network: { hidden: [8] } } } };
  const preview = previewJob(resolved(cartpole('dqn', 'auto', hidden)), catalogs);
  expect(preview.policies[0]!.actingParameters).toBe(4 * 8 + 8 + 8 * 2 + 2 + 1);
});

it('algorithms with such a law learn off-policy', () => {
  const scheduled = algorithmCatalog.filter(({ capabilities }) =>
    ['epsilonGreedy', 'noisyDeterministic'].includes(capabilities.distribution ?? ''),
  );
  expect(scheduled.map(({ id }) => id)).toEqual(expect.arrayContaining(['dqn', 'vdn', 'qmix']));
  for (const { capabilities } of scheduled) expect(capabilities.onPolicy).toBe(false);
});

it.each([
  ['a box', 'median-v1', 'noisyDeterministic', 'categorical'],
  ['choices', 'matrix-v1', 'categorical', 'epsilonGreedy'],
])('maddpg has a law for %s', (_, env, law, other) => {
  const by = (kind: string) => ({ ...cartpole('maddpg', kind), env: { id: env } });
  for (const kind of ['auto', law]) expect(faultsOf(by(kind))).toEqual([]);
  const faults = faultsOf(by(other));
  expect(faults.map(({ pointer }) => pointer)).toEqual(['/policies/*/distribution/kind']);
  const hidden = { policies: { '*': { network: { hidden: [8] } } } };
  const spec = resolved({ ...by('auto'), ...hidden });
  const explicit = resolved({
    ...by(law),
    policies: { '*': { ...hidden.policies['*'], distribution: { kind: law } } },
  });
  const [first, second] = [spec, explicit].map((job) => previewJob(job, catalogs).policies[0]!.actingParameters);
  expect(first).toBe(second);
});
