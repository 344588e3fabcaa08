import { describe, expect, it } from 'vitest';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import { binary, box, discrete, multiDiscrete, type Space } from '../../../src/spaces/index.js';
import { f32, noMask, SPEC } from './fixtures.js';

const spec = (over: Partial<DistributionSpec>): DistributionSpec => ({ ...SPEC, ...over });

describe('createDistribution', () => {
  it.each<[string, Space, boolean, number[]]>([
    ['an unbounded box', box(3), false, [3, 3, 3, 0, 3]],
    ['a bounded box', box(2, { low: 0, high: 1 }), false, [2, 2, 2, 0, 2]],
    ['discrete', discrete(4), false, [1, 4, 0, 0, 1]],
    ['masked discrete', discrete(4), true, [1, 4, 0, 4, 1]],
    ['masked multiDiscrete', multiDiscrete([2, 3]), true, [2, 5, 0, 5, 2]],
    ['binary', binary(3), false, [3, 3, 0, 0, 3]],
    ['masked binary', binary(3), true, [3, 3, 0, 6, 3]],
    ['a box that claims masks', box(1), true, [1, 1, 1, 0, 1]],
  ])('auto fits %s', (_, space, masked, sizes) => {
    const { actionSize, outputSize, freeParameterCount, maskSize, noiseSize } = createDistribution(space, SPEC, masked);
    expect([actionSize, outputSize, freeParameterCount, maskSize, noiseSize]).toEqual(sizes);
  });

  it('auto keeps a bounded box inside its bounds, and takes the Gaussian without them', () => {
    const far = f32([50]);
    const action = f32([0]);
    createDistribution(box(1, { low: 0, high: 1 }), SPEC, false).mode(far, f32([0]), noMask, action, 1);
    expect(action[0]).toBeLessThan(1);
    createDistribution(box(1), SPEC, false).mode(far, f32([0]), noMask, action, 1);
    expect(action[0]).toBe(50);
  });

  it.each<[string, Space, DistributionSpec['kind'], RegExp]>([
    ['gaussian on a bounded box', box(1, { low: 0, high: 1 }), 'gaussian', /element 0 in \[0, 1\].*"squashedGaussian"/],
    ['deterministic on a bounded box', box(1, { low: 0, high: 1 }), 'deterministic', /"squashedGaussian"/],
    ['auto on a box bounded below', box(2, { low: 0 }), 'auto', /\[0, Infinity\].*both bounds, or none/],
    [
      'gaussian on a box bounded above',
      box(1, { high: 0 }),
      'gaussian',
      /\[-Infinity, 0\].*"gaussian".*"squashedGaussian"/,
    ],
    ['auto on a box bounded in part', box(2, { low: [0, -Infinity], high: [1, Infinity] }), 'auto', /element 0/],
    ['squashedGaussian without bounds', box(1), 'squashedGaussian', /needs both bounds.*"gaussian"/],
    ['bounds with no float32 between', box(1, { low: 1, high: 1 + 1e-9 }), 'auto', /float32/],
    ['bounds beyond float32', box(1, { low: 1e39, high: 2e39 }), 'auto', /float32/],
    ['gaussian on discrete', discrete(3), 'gaussian', /is discrete, which "gaussian" does not fit.*"categorical"/],
    ['categorical on a box', box(1), 'categorical', /is box.*"gaussian", "squashedGaussian", "deterministic"/],
    ['categorical on binary', binary(1), 'categorical', /"bernoulli"/],
  ])('refuses %s', (_, space, kind, message) => {
    const create = () => createDistribution(space, spec({ kind }), false, 'action space of agent "seller"');
    expect(create).toThrow(expect.objectContaining({ code: 'POLICY_DISTRIBUTION_UNSUITABLE' }));
    expect(create).toThrow(message);
    expect(create).toThrow(/^action space of agent "seller" /);
  });

  it.each<[string, Partial<DistributionSpec>]>([
    ['crossing bounds', { logStdBounds: [1, -1] }],
    ['a start outside the bounds', { initialLogStd: 2, logStdBounds: [-1, 1] }],
  ])('refuses %s of the standard deviation', (_, over) => {
    expect(() => createDistribution(box(1), spec(over), false)).toThrow(
      expect.objectContaining({ code: 'POLICY_LOG_STD_INVALID' }),
    );
  });
});

describe('log standard deviation', () => {
  const distribution = createDistribution(box(3), spec({ initialLogStd: -0.5, logStdBounds: [-2, 1] }), false);

  it('starts at its initial value', () => {
    const free = f32([9, 9, 9]);
    distribution.initialize(free);
    expect([...free]).toEqual([-0.5, -0.5, -0.5]);
  });

  it('is put back into its bounds, and NaN is left to be found', () => {
    const free = f32([-3, 4, Number.NaN]);
    distribution.project(free);
    expect([...free]).toEqual([-2, 1, Number.NaN]);
  });
});

describe('deterministic', () => {
  it('acts as the network says, with log-probability, entropy and gradient 0', () => {
    const distribution = createDistribution(box(2), spec({ kind: 'deterministic' }), false);
    const outputs = f32([1, -2, 3, 0.5]);
    const actions = f32([0, 0, 0, 0]);
    const logProbs = f32([5, 5]);
    const dOutputs = f32([5, 5, 5, 5]);
    const none = f32([]);
    expect([distribution.noiseSize, distribution.freeParameterCount]).toEqual([0, 0]);
    distribution.sample(outputs, none, noMask, none, actions, logProbs, 2);
    expect([[...actions], [...logProbs]]).toEqual([
      [1, -2, 3, 0.5],
      [0, 0],
    ]);
    distribution.logProb(outputs, none, noMask, actions, logProbs.fill(5), 2);
    expect([...logProbs]).toEqual([0, 0]);
    distribution.entropy(outputs, none, noMask, logProbs.fill(5), 2);
    expect([...logProbs]).toEqual([0, 0]);
    distribution.backward(outputs, none, noMask, actions, logProbs, logProbs, dOutputs, none, 2);
    expect([...dOutputs]).toEqual([0, 0, 0, 0]);
  });
});

describe('empty masks', () => {
  it.each<[string, Space, number[]]>([
    ['discrete', discrete(2), [1, 0, 0, 0]],
    ['binary', binary(1), [1, 0, 0, 0]],
  ])('are refused with their row: %s', (_, space, mask) => {
    const distribution = createDistribution(space, SPEC, true);
    const outputs = f32([0, 0, 0, 0]);
    const two = f32([0, 0]);
    const bytes = Uint8Array.from(mask);
    const refused = expect.objectContaining({ code: 'POLICY_MASK_EMPTY', data: { row: 1, element: 0 } });
    expect(() => distribution.sample(outputs, f32([]), bytes, two, two, two, 2)).toThrow(refused);
    expect(() => distribution.mode(outputs, f32([]), bytes, two, 2)).toThrow(refused);
    expect(() => distribution.entropy(outputs, f32([]), bytes, two, 2)).toThrow(refused);
  });
});
