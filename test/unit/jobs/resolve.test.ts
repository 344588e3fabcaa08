import { describe, expect, it } from 'vitest';
import { createEnvironment, findEnvironment } from '../../../src/envs/index.js';
import { resolvePolicies, specDigest } from '../../../src/jobs/index.js';
import { catalogs, median, resolved } from './catalogs.js';

function policiesOf(input: unknown) {
  const spec = resolved(input);
  const environment = createEnvironment(findEnvironment(catalogs.environments, spec.env.id), spec.env.options);
  return resolvePolicies(spec, environment);
}

describe('a resolved spec', () => {
  it('has every default, those of the environment and the algorithm too', () => {
    expect(resolved(median())).toMatchObject({
      name: 'job',
      seed: 1,
      env: { id: 'median-v1', options: { agents: 3, steps: 100 } },
      policies: {},
      policyMapping: 'independent',
      algorithm: { id: 'ppo', options: { gamma: 0.99, optimizer: { kind: 'adam', beta1: 0.9 } } },
      rollout: { shards: 4, envsPerShard: 64, horizon: 128 },
      schedule: { kind: 'lockstep', lag: 1 },
      engine: 'auto',
      evaluation: { every: 10 },
      checkpoint: { every: 50, keep: 3 },
      stop: { iterations: 100 },
    });
  });

  it('ends after 100 iterations only where nothing else ends it', () => {
    expect(resolved(median({ stop: { return: -1 } })).stop).toEqual({ return: -1 });
  });

  it('has no −0, which JSON could not keep', () => {
    expect(resolved(median({ stop: { return: -0 } })).stop.return).toBe(0);
  });

  it('leaves the input as it was', () => {
    const input = median({ algorithm: { options: { clip: 0.1 } } });
    const before = structuredClone(input);
    resolved(input);
    expect(input).toEqual(before);
  });

  it('completes the algorithm of every layer that names one', () => {
    const { policies, algorithm } = resolved(
      median({
        algorithm: { options: { clip: 0.1 } },
        policies: { '*': { algorithm: { options: { gamma: 0.5 } } }, 'agent-1': { algorithm: { id: 'reinforce' } } },
      }),
    );
    expect(algorithm.options).toMatchObject({ clip: 0.1, gamma: 0.99 });
    expect(policies['*']?.algorithm).toMatchObject({ id: 'ppo', options: { clip: 0.1, gamma: 0.5, epochs: 4 } });
    expect(policies['agent-1']?.algorithm).toMatchObject({ id: 'reinforce', options: { gamma: 0.99, baseline: true } });
    expect(policies['agent-1']?.algorithm?.options).not.toHaveProperty('clip');
  });
});

describe('the policies of a spec', () => {
  it('are one per agent, filled in', () => {
    expect(policiesOf(median()).map(({ policyId, agentIds }) => [policyId, agentIds])).toEqual([
      ['agent-0', ['agent-0']],
      ['agent-1', ['agent-1']],
      ['agent-2', ['agent-2']],
    ]);
    expect(policiesOf(median())[0]?.policySpec).toEqual({
      network: { kind: 'mlp', hidden: [64, 64], activation: 'tanh', initialization: 'orthogonal' },
      distribution: { kind: 'auto', initialLogStd: 0, logStdBounds: [-10, 2] },
      levelNetworks: 'shared',
      levels: {},
    });
  });

  it('follow the mapping', () => {
    expect(policiesOf(median({ policyMapping: 'shared' })).map(({ agentIds }) => agentIds)).toEqual([
      ['agent-0', 'agent-1', 'agent-2'],
    ]);
    const mapping = { 'agent-0': 'a', 'agent-1': 'b', 'agent-2': 'a' };
    expect(
      policiesOf(median({ policyMapping: mapping })).map(({ policyId, agentIds }) => [policyId, agentIds]),
    ).toEqual([
      ['a', ['agent-0', 'agent-2']],
      ['b', ['agent-1']],
    ]);
  });

  it('merge the settings for all with their own, field by field; lists are replaced', () => {
    const [first, second] = policiesOf(
      median({
        policies: {
          '*': { network: { hidden: [8, 8], activation: 'relu' }, distribution: { initialLogStd: -1 } },
          'agent-1': { network: { hidden: [] }, algorithm: { options: { clip: 0.3 } } },
        },
      }),
    );
    expect(first?.policySpec.network).toMatchObject({ hidden: [8, 8], activation: 'relu' });
    expect(second?.policySpec.network).toMatchObject({ hidden: [], activation: 'relu' });
    expect(second?.policySpec.distribution.initialLogStd).toBe(-1);
    expect(first?.algorithm.options.clip).toBe(0.2);
    expect(second?.algorithm.options.clip).toBe(0.3);
  });

  it.each([
    ['nothing', {}, {}],
    ['a width', { hidden: [5] }, { hidden: [5] }],
    ['the gains', { hiddenGain: 1, outputGain: 4 }, { hiddenGain: 1, outputGain: 4 }],
  ])('shape a value network that sets %s as the acting network, but for how its output starts', (_, set, differs) => {
    const network = { hidden: [9], activation: 'relu', hiddenGain: 2, outputGain: 3, outputBias: 1 };
    const [first] = policiesOf(median({ policies: { '*': { network, valueNetwork: set } } }));
    const shape = { kind: 'mlp', hidden: [9], activation: 'relu', initialization: 'orthogonal', hiddenGain: 2 };
    expect(first?.policySpec.valueNetwork).toEqual({ ...shape, ...differs });
    const [unset] = policiesOf(median({ policies: { '*': { network } } }));
    expect(unset?.policySpec.valueNetwork).toBeUndefined();
  });
});

describe('the digest of a spec', () => {
  const digest = (fields: Readonly<Record<string, unknown>>) => specDigest(resolved(median(fields)));

  it.each([
    ['the name', { name: 'other' }],
    ['the end', { stop: { iterations: 7 } }],
    ['evaluation', { evaluation: { every: 3 } }],
    ['checkpoints', { checkpoint: { keep: 9 } }],
    ['the engine, whose bits are the same', { engine: 'plain' }],
    ['a default written out', { seed: 1 }],
  ])('does not depend on %s', (_, fields) => {
    expect(digest(fields)).toBe(digest({}));
  });

  it.each([
    ['the seed', { seed: 2 }],
    ['the environment', { env: { id: 'median-v1', options: { agents: 4 } } }],
    ['the policies', { policies: { '*': { network: { hidden: [3] } } } }],
    ['the mapping', { policyMapping: 'shared' }],
    ['the algorithm', { algorithm: { options: { clip: 0.1 } } }],
    ['the batch', { rollout: { shards: 5 } }],
    ['the lag', { schedule: { lag: 0 } }],
  ])('depends on %s', (_, fields) => {
    expect(digest(fields)).not.toBe(digest({}));
  });
});
