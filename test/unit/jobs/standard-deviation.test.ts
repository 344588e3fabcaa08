import { describe, expect, test } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { type JobSpecInput, validateJobSpec } from '../../../src/jobs/index.js';
import { planJob } from '../../../src/training/plan.js';
import { resolve } from '../../helpers/training.js';

type Distribution = NonNullable<NonNullable<NonNullable<JobSpecInput['policies']>[string]>['distribution']>;

const pendulum = (algorithm: string, distribution?: Distribution): JobSpecInput => ({
  env: { id: 'pendulum-v1' },
  algorithm: { id: algorithm },
  policies: distribution === undefined ? {} : { '*': { distribution } },
});

const faultsOf = (input: JobSpecInput) => {
  const result = validateJobSpec(input, { environments: environmentCatalog, algorithms: algorithmCatalog });
  return result.ok ? [] : result.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
};

const planned = (input: JobSpecInput) =>
  planJob('job', resolve(input), environmentCatalog).policies[0]!.policySpec.distribution;

describe('the standard deviation', () => {
  test('is what the policy says, else what the algorithm has, and nothing else changes', () => {
    expect(planned(pendulum('sac'))).toMatchObject({ kind: 'auto', std: 'network' });
    expect(planned(pendulum('sac', { kind: 'squashedGaussian', initialLogStd: -1 }))).toMatchObject({
      kind: 'squashedGaussian',
      initialLogStd: -1,
      std: 'network',
    });
    expect(planned(pendulum('ppo', { std: 'network' }))).toMatchObject({ kind: 'auto', std: 'network' });
    expect(planned(pendulum('ppo'))).not.toHaveProperty('std');
    expect(planned(pendulum('td3'))).toMatchObject({ kind: 'noisyDeterministic' });
    expect(resolve(pendulum('sac')).policies).toEqual({});
  });

  test.each<[string, Distribution, RegExp]>([
    ['sac', { std: 'free' }, /^\/policies\/\*\/distribution\/std: .*is "free", but must be "network"/],
    [
      'sac',
      { kind: 'truncatedGaussian' },
      /distribution\/kind: .*"auto", "squashedGaussian", "gaussian" or "categorical"/,
    ],
    ['sac', { kind: 'noisyDeterministic' }, /distribution\/kind: /],
    ['ppo', { kind: 'truncatedGaussian', std: 'network' }, /distribution\/kind: .*std "network"/],
    ['ppo', { kind: 'noisyDeterministic' }, /distribution\/kind: .*ppo learns/],
    ['td3', { kind: 'squashedGaussian' }, /distribution\/kind: .*"noisyDeterministic", the only/],
  ])('with %s and %o is refused', (algorithm, distribution, message) => {
    const faults = faultsOf(pendulum(algorithm, distribution));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(message);
  });

  test.each<[string, Distribution]>([
    ['sac', { kind: 'squashedGaussian', std: 'network' }],
    ['ppo', { std: 'network' }],
    ['reinforce', { std: 'free' }],
  ])('with %s and %o is taken', (algorithm, distribution) => {
    expect(faultsOf(pendulum(algorithm, distribution))).toEqual([]);
  });
});
