import { describe, expect, it } from 'vitest';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import {
  binary,
  box,
  type CompositeSpace,
  composite,
  discrete,
  multiDiscrete,
  observed,
  type SimpleSpace,
} from '../../../src/spaces/index.js';
import { f32, noMask, SPEC } from './fixtures.js';

type AnySpace = SimpleSpace | CompositeSpace;

const spec = (over: Partial<DistributionSpec>): DistributionSpec => ({ ...SPEC, ...over });

describe('createDistribution', () => {
  it.each<[string, AnySpace, boolean, number[]]>([
    ['an unbounded box', box(3), false, [3, 3, 3, 0, 3]],
    ['a bounded box', box(2, { low: 0, high: 1 }), false, [2, 2, 2, 0, 2]],
    ['discrete', discrete(4), false, [1, 4, 0, 0, 1]],
    ['masked discrete', discrete(4), true, [1, 4, 0, 4, 1]],
    ['masked multiDiscrete', multiDiscrete([2, 3]), true, [2, 5, 0, 5, 2]],
    ['binary', binary(3), false, [3, 3, 0, 0, 3]],
    ['masked binary', binary(3), true, [3, 3, 0, 6, 3]],
    ['a box that claims masks', box(1), true, [1, 1, 1, 0, 1]],
    ['a box bounded in part', box(2, { low: [0, -Infinity], high: 1 }), false, [2, 2, 2, 0, 2]],
    ['a box with an observed bound', box(1, { low: observed(2) }), false, [1, 1, 1, 0, 1]],
    ['composite', composite('seller', observed(0)), false, [1, 2, 1, 0, 2]],
  ])('auto fits %s', (_, space, masked, sizes) => {
    const { actionSize, outputSize, freeParameterCount, maskSize, noiseSize } = createDistribution(space, SPEC, masked);
    expect([actionSize, outputSize, freeParameterCount, maskSize, noiseSize]).toEqual(sizes);
  });

  it.each<[string, SimpleSpace, boolean]>([
    ['bounded on all sides', box(1, { low: 0, high: 1 }), true],
    ['bounded below', box(1, { low: -1 }), true],
    ['bounded above', box(1, { high: 1 }), true],
    ['of observed bounds', box(1, { high: observed(0) }), true],
    ['without bounds', box(1), false],
    ['with infinite bounds', box(1, { low: -Infinity, high: Infinity }), false],
  ])('auto squashes a box %s: %o', (_, space, squashed) => {
    const action = f32([0]);
    const distribution = createDistribution(space, SPEC, false, 'agent', 1);
    distribution.observe?.(f32([1]), 1);
    distribution.mode(f32([50]), f32([0]), noMask, action, 1);
    expect(action[0] === 50).toBe(!squashed);
  });

  it('has the laws observe that read bounds off observations, and only these', () => {
    for (const kind of ['squashedGaussian', 'truncatedGaussian'] as const) {
      expect(createDistribution(box(1, { low: 0 }), spec({ kind }), false).observe).toBeUndefined();
      expect(createDistribution(box(1, { low: observed(0) }), spec({ kind }), false).observe).toBeDefined();
    }
    expect(createDistribution(composite('buyer', 1), SPEC, false).observe).toBeUndefined();
    expect(createDistribution(composite('buyer', observed(0)), SPEC, false).observe).toBeDefined();
  });

  it.each<[string, AnySpace, DistributionSpec['kind'], RegExp]>([
    ['gaussian on a bounded box', box(1, { low: 0, high: 1 }), 'gaussian', /element 0 in \[0, 1\].*"squashedGaussian"/],
    ['deterministic on a bounded box', box(1, { low: 0, high: 1 }), 'deterministic', /"squashedGaussian"/],
    [
      'gaussian on a box bounded above',
      box(1, { high: 0 }),
      'gaussian',
      /\[-Infinity, 0\], but "gaussian".*"squashedGaussian" or "truncatedGaussian"/,
    ],
    ['gaussian on observed bounds', box(1, { low: observed(3) }), 'gaussian', /\[observation 3, Infinity\]/],
    ['a bound beyond float32', box(1, { low: 1e39 }), 'truncatedGaussian', /float32/],
    ['truncated bounds with no float32 between', box(1, { low: 1, high: 1 + 1e-7 }), 'truncatedGaussian', /float32/],
    [
      'constant bounds with no float32 between beside observed ones',
      box(2, { low: [observed(0), 1], high: [observed(1), 1 + 1e-9] }),
      'auto',
      /float32/,
    ],
    [
      'a reservation beyond float32',
      composite('seller', 1e39),
      'auto',
      /reservation 1e\+39, which float32 cannot hold/,
    ],
    ['an infinite reservation', composite('buyer', Infinity), 'auto', /reservation Infinity/],
    ['gaussian on composite', composite('buyer', 1), 'gaussian', /is composite.*"composite"/],
    ['composite on a box', box(1), 'composite', /is box/],
    ['bounds with no float32 between', box(1, { low: 1, high: 1 + 1e-9 }), 'auto', /float32/],
    ['bounds beyond float32', box(1, { low: 1e39, high: 2e39 }), 'auto', /float32/],
    ['gaussian on discrete', discrete(3), 'gaussian', /is discrete, which "gaussian" does not fit.*"categorical"/],
    [
      'categorical on a box',
      box(1),
      'categorical',
      /is box.*"gaussian", "squashedGaussian", "truncatedGaussian", "deterministic"/,
    ],
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

describe('observed bounds', () => {
  const kinds = ['squashedGaussian', 'truncatedGaussian'] as const;
  const space = box(2, { low: observed(0), high: [observed(1), Infinity] });

  it.each<[string, number[], number]>([
    ['cross', [0, 1, 2, 1], 0],
    ['are NaN', [0, 1, Number.NaN, 1], 0],
    ['are infinite', [0, 1, 0, Infinity], 0],
    ['are infinite on their own side', [0, 1, -Infinity, 1], 0],
  ])('that %s are refused, with agent, row, element and both values', (_, observation, element) => {
    for (const kind of kinds) {
      const distribution = createDistribution(space, spec({ kind }), false, 'action space of agent "seller"', 2);
      const observe = () => distribution.observe!(f32(observation), 2);
      const [low, high] = observation.slice(2);
      expect(observe).toThrow(
        expect.objectContaining({
          code: 'POLICY_BOUNDS_CROSSED',
          data: { where: 'action space of agent "seller"', row: 1, element, low, high },
        }),
      );
      expect(observe).toThrow(/agent "seller" in row 1, element 0, are low .* The environment must observe/);
    }
  });

  it('that are not finite are refused as a reservation', () => {
    const distribution = createDistribution(composite('seller', observed(1)), SPEC, false, 'agent "seller"', 2);
    expect(() => distribution.observe!(f32([0, 1, 0, Number.NaN]), 2)).toThrow(
      expect.objectContaining({
        code: 'POLICY_BOUNDS_CROSSED',
        message: expect.stringContaining('in row 1, element 1'),
      }),
    );
  });

  it.each(kinds)('that leave no float32 between force the low one, with nothing to learn: %s', (kind) => {
    const distribution = createDistribution(
      box(1, { low: observed(0), high: observed(1) }),
      spec({ kind }),
      false,
      '',
      2,
    );
    const next = 1 + 2 ** -23;
    const observation = [3, 3, 1, next, -2, -2, 0, 2 ** -149];
    const outputs = f32([5, -5, 0, 1]);
    const free = f32([0.5]);
    const actions = f32([9, 9, 9, 9]);
    const values = f32([9, 9, 9, 9]);
    distribution.observe!(f32(observation), 4);
    distribution.sample(outputs, free, noMask, f32([0.1, 0.9, 0.5, 0.3]), actions, values, 4);
    expect([...actions]).toEqual([3, 1, -2, 0]);
    expect([...values]).toEqual([0, 0, 0, 0]);
    distribution.mode(outputs, free, noMask, actions.fill(9), 4);
    expect([...actions]).toEqual([3, 1, -2, 0]);
    distribution.entropy(outputs, free, noMask, values.fill(9), 4);
    expect([...values]).toEqual([0, 0, 0, 0]);
    const [dOutputs, dFree] = [f32([9, 9, 9, 9]), f32([0])];
    distribution.backward(outputs, free, noMask, actions, f32([1, 1, 1, 1]), f32([1, 1, 1, 1]), dOutputs, dFree, 4);
    expect([[...dOutputs], dFree[0]]).toEqual([[0, 0, 0, 0], 0]);
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
  it.each<[string, AnySpace, number[]]>([
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
