import { describe, expect, test } from 'vitest';
import type { ActionProfile, Environment } from '../../../src/envs/index.js';
import { createPlainKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import type { Policy } from '../../../src/policies/index.js';
import {
  binary,
  box,
  composite,
  discrete,
  elementSize,
  hierarchical,
  maskSize,
  type Space,
} from '../../../src/spaces/index.js';
import { ActingPolicies } from '../../../src/training/acting.js';
import { PROFILE_SAMPLES, sampleProfiles } from '../../../src/training/profiles.js';
import { environmentOf, openInline, planOf } from './planning.js';

/** What a policy of one's own does with one row: writes the action for an observation and a uniform number. */
type Act = (action: Float32Array, observation: readonly number[], noise: number) => void;

interface Seen {
  readonly masks: (readonly number[])[];
  rows: number;
}

function policiesOf(kernels: Kernels, space: Space, observationSize: number, act: Act, seen?: Seen) {
  const A = elementSize(space);
  const policy = {
    noiseSize: 1,
    stateSize: 0,
    noiseKind: 'uniform',
    act(_: F32, observation: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number) {
      seen?.masks.push([...mask.subarray(0, maskSize(space))]);
      if (seen !== undefined) seen.rows += B;
      expect(logProbs.length).toBeGreaterThanOrEqual(B * (space.kind === 'hierarchical' ? space.levels.length : 1));
      for (let b = 0; b < B; b++) {
        const row = Array.from(observation.subarray(b * observationSize, (b + 1) * observationSize));
        act(actions.subarray(b * A, (b + 1) * A), row, noise[b]);
      }
    },
  } as unknown as Policy;
  const ofAgent = [{ policy, parameters: kernels.f32(1) }];
  const drawNoise: ActingPolicies['drawNoise'] = (_agent, random, noise, rows) =>
    kernels.fillUniform(random.takeBlocks(Math.ceil(rows / 4)), noise, rows);
  return { ofAgent, drawNoise };
}

const trader = (actionSpace: Space, profiles: readonly ActionProfile[], masked = false): Environment => ({
  agents: [{ id: 'trader', observationSpace: box(2), actionSpace, masked }],
  state: {},
  profiles,
  reset() {},
  step() {},
});

const VALUES = [0.25, 0.5, 0.75];
const profile = (element = 0): ActionProfile => ({
  agent: 'trader',
  label: 'private value',
  points: VALUES,
  observations: VALUES.map((value) => [value, 1]),
  element,
  quantity: 'price',
});

/** Samples with policies that do as told. */
function sampled(space: Space, act: Act, element = 0, seed = 3) {
  const kernels = createPlainKernels();
  const environment = trader(space, [profile(element)]);
  return sampleProfiles(kernels, environment, policiesOf(kernels, space, 2, act), seed)[0]!;
}

describe('who takes part', () => {
  const entering = hierarchical([
    { name: 'enter', space: binary() },
    { name: 'price', space: box(2), when: { level: 'enter', is: [1] } },
    { name: 'haste', space: discrete(3) },
  ]);
  /** Enters where the noise is below the value, at twice the value; the other price is 7. */
  const enter: Act = (action, [value = 0], noise) => {
    const enters = noise < value;
    action.set([enters ? 1 : 0, enters ? 2 * value : 0, enters ? 7 : 0, 2]);
  };

  test('of a level that is decided for some values of another', () => {
    const { mean, participation } = sampled(entering, enter, 1);
    expect(mean).toEqual([0.5, 1, 1.5]);
    // 256 draws are within five standard deviations of the law.
    participation.forEach((share, i) => expect(Math.abs(share - VALUES[i]!)).toBeLessThan(5 * 0.5 * (1 / 16)));
    expect(new Set(participation).size).toBe(3);
    expect(sampled(entering, enter, 2).mean).toEqual([7, 7, 7]);
  });

  test('of a level without a condition', () => {
    expect(sampled(entering, enter, 3)).toMatchObject({ mean: [2, 2, 2], participation: [1, 1, 1] });
    const { mean, participation } = sampled(entering, enter, 0);
    expect(participation).toEqual([1, 1, 1]);
    expect(mean).toEqual(sampled(entering, enter, 1).participation);
  });

  test('of a price that may be no offer', () => {
    const space = composite('seller', { observation: 0 });
    const pass: Act = (action, [value = 0]) => action.set([value < 0.6 ? 0 : value]);
    expect(sampled(space, pass)).toMatchObject({ mean: [null, null, 0.75], participation: [0, 0, 1] });
  });

  test('of any other action, and 0 is one of them', () => {
    expect(sampled(box(2), (action) => action.set([5, 0]), 1)).toMatchObject({
      mean: [0, 0, 0],
      participation: [1, 1, 1],
    });
  });
});

describe('samples', () => {
  const noisy: Act = (action, _, noise) => action.set([noise]);

  test('are the same for the same seed, and others for another', () => {
    expect(sampled(box(1), noisy)).toEqual(sampled(box(1), noisy));
    expect(sampled(box(1), noisy).mean).not.toEqual(sampled(box(1), noisy, 0, 4).mean);
  });

  test('differ from point to point and from profile to profile', () => {
    const kernels = createPlainKernels();
    const [one, other] = sampleProfiles(
      kernels,
      trader(box(1), [profile(), profile()]),
      policiesOf(kernels, box(1), 2, noisy),
      3,
    );
    expect(new Set([...one!.mean, ...other!.mean]).size).toBe(6);
  });

  test('are told in five digits', () => {
    const { mean } = sampled(box(1), (action, [value = 0]) => action.set([value / 3]));
    expect(mean).toEqual([0.083333, 0.16667, 0.25]);
  });

  test('are made with every choice legal', () => {
    const kernels = createPlainKernels();
    const seen: Seen = { masks: [], rows: 0 };
    const choose: Act = (action) => action.set([1]);
    const policies = policiesOf(kernels, discrete(3), 2, choose, seen);
    sampleProfiles(kernels, trader(discrete(3), [profile()], true), policies, 3);
    expect(seen).toEqual({ masks: VALUES.map(() => [1, 1, 1]), rows: 3 * PROFILE_SAMPLES });
    sampleProfiles(kernels, trader(discrete(3), [profile()]), policies, 3);
    expect(seen.masks[3]).toEqual([]);
  });

  test('carry the reference where there is one', () => {
    const reference = { label: 'equilibrium', quantity: [null, 0.5, 0.9], participation: [0, 1, 1] };
    const kernels = createPlainKernels();
    const environment = trader(box(1), [{ ...profile(), reference }]);
    const [told] = sampleProfiles(kernels, environment, policiesOf(kernels, box(1), 2, noisy), 3);
    expect(told).toMatchObject({ agent: 'trader', label: 'private value', points: VALUES, reference });
  });
});

test('real policies leave no memory behind', async () => {
  const environment = trader(box(1), [profile()]);
  const planned = planOf({ env: { id: 'trader-v1' }, policies: { '*': { network: { hidden: [] } } } }, [
    environmentOf('trader-v1', environment),
  ]);
  const { units: states } = await openInline(planned);
  const kernels = createPlainKernels();
  const policies = new ActingPolicies(kernels, planned.plan);
  policies.load(states[0]!.tensors);
  sampleProfiles(kernels, environment, policies, 3);
  const before = kernels.allocatedBytes;
  expect(sampleProfiles(kernels, environment, policies, 3)).toEqual(sampleProfiles(kernels, environment, policies, 3));
  expect(kernels.allocatedBytes).toBe(before);
});
