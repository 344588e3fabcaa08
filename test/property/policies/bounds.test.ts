import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import {
  box,
  type CompositeSpace,
  composite,
  contains,
  observed,
  type SimpleSpace,
} from '../../../src/spaces/index.js';

const kernels = createPlainKernels();
const f32 = (values: ArrayLike<number>): F32 => {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
};
const LOG_STD: [number, number] = [-20, 5];
const none = new Uint8Array(0);
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
const far = fc.oneof(number(-5, 5), number(-1e6, 1e6), fc.constantFrom(-1e6, 0, 1e6));
const noise = fc.oneof(fc.constantFrom(0, 2 ** -24, 0.5, 1 - 2 ** -24), number(0, 1 - 2 ** -24));
const logStd = fc.oneof(fc.constantFrom(...LOG_STD), number(...LOG_STD));

type Kind = DistributionSpec['kind'];
const create = (space: SimpleSpace | CompositeSpace, kind: Kind) =>
  createDistribution(space, { kind, initialLogStd: 0, logStdBounds: LOG_STD }, false, 'the action space', 2);

/** Spaces of one number whose bounds are elements 0 and 1 of the observation, or constants. */
const bounds = fc
  .record({ low: far, width: fc.oneof(fc.constantFrom(0, 1e-30), number(0, 1), number(0, 1e6)) })
  .map(({ low, width }) => [low, Math.max(low, Math.fround(low + width))] as const);
const observedBounds = fc.constantFrom(
  box(1, { low: observed(0), high: observed(1) }),
  box(1, { low: observed(0) }),
  box(1, { high: observed(1) }),
);
/** Mostly no float32: what rounds to one must not round outwards. */
const anywhere = fc.double({ min: -1e4, max: 1e4, noNaN: true });
const constantBounds = fc
  .record({
    low: anywhere,
    width: fc.double({ min: 1, max: 1e4, noNaN: true }),
    side: fc.constantFrom('both', 'low', 'high', 'none'),
  })
  .map(({ low, width, side }) =>
    box(1, {
      ...(side === 'both' || side === 'low' ? { low } : {}),
      ...(side === 'both' || side === 'high' ? { high: low + width } : {}),
    }),
  );

/** One row: in its space, the same log-probability again to the bit, and all of its numbers finite. */
function checkRow(
  space: SimpleSpace | CompositeSpace,
  kind: Kind,
  row: { observation: readonly number[]; outputs: readonly number[]; free: number; noise: readonly number[] },
): void {
  const distribution = create(space, kind);
  const observation = f32(row.observation);
  const [outputs, free] = [f32(row.outputs), f32([row.free])];
  const [action, logProb, again, entropy] = [f32([0]), f32([0]), f32([0]), f32([0])];
  const seen = { values: observation, offset: 0 };
  distribution.observe?.(observation, 1);
  distribution.sample(outputs, free, none, f32(row.noise), action, logProb, 1);
  expect(contains(space, action, 0, seen)).toBe(true);
  expect(Number.isFinite(logProb[0])).toBe(true);
  distribution.logProb(outputs, free, none, action, again, 1);
  expect(again[0]).toBe(logProb[0]);
  distribution.entropy(outputs, free, none, entropy, 1);
  expect(Number.isFinite(entropy[0])).toBe(true);
  const [dOutputs, dFree] = [f32(row.outputs.map(() => Number.NaN)), f32([0])];
  distribution.backward(outputs, free, none, action, f32([1]), f32([1]), dOutputs, dFree, 1);
  expect([...dOutputs, ...dFree].every(Number.isFinite)).toBe(true);
  distribution.mode(outputs, free, none, action, 1);
  expect(contains(space, action, 0, seen)).toBe(true);
}

describe('however far the mean, however narrow the bounds or the law', () => {
  it.each<Kind>(['squashedGaussian', 'truncatedGaussian'])('%s stays in its bounds, and its numbers finite', (kind) => {
    fc.assert(
      fc.property(
        fc.oneof(observedBounds, constantBounds),
        bounds,
        far,
        logStd,
        noise,
        number(-6, 6),
        (space, observation, mean, free, uniform, normal) => {
          const drawn = kind === 'squashedGaussian' ? normal : uniform;
          checkRow(space, kind, { observation, outputs: [mean], free, noise: [drawn] });
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('composite passes or is on the right side of its reservation, and its numbers finite', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('seller' as const, 'buyer' as const),
        fc.oneof(
          fc.constant(observed(0)),
          number(-1e4, 1e4),
          fc.constant(0),
          fc.double({ min: -10, max: 10, noNaN: true }),
        ),
        fc.oneof(fc.constant(0), far),
        fc.oneof(number(-50, 50), far),
        far,
        logStd,
        fc.tuple(noise, noise),
        (side, reservation, seen, logit, mean, free, drawn) => {
          const space = composite(side, reservation);
          checkRow(space, 'composite', { observation: [seen, 0], outputs: [logit, mean], free, noise: drawn });
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('two million samples', () => {
  const B = 20_000;
  /** 100 make ten million, in half a minute at worst. */
  const ROUNDS = 20;
  const random = new RandomStream(5, 'test');

  /** Actions that are outside, over ROUNDS draws of B rows: bounds from near to far, means on both sides of them. */
  function violations(
    space: SimpleSpace | CompositeSpace,
    kind: Kind,
    outside: (action: number, low: number, high: number) => boolean,
  ): number {
    const distribution = create(space, kind);
    const observation = kernels.f32(2 * B);
    const outputs = kernels.f32(B * distribution.outputSize);
    const means = kernels.f32(outputs.length);
    const free = kernels.f32(distribution.freeParameterCount);
    const noise = kernels.f32(B * distribution.noiseSize);
    const [actions, logProbs] = [kernels.f32(B), kernels.f32(B)];
    let count = 0;
    random.fillNormal(means, 0, means.length);
    for (let b = 0; b < B; b++) {
      observation[2 * b] = 100 * random.normal();
      observation[2 * b + 1] = observation[2 * b]! + 10 ** (8 * random.uniform() - 6);
    }
    distribution.observe?.(observation, B);
    for (let round = 0; round < ROUNDS; round++) {
      const scale = 10 ** (6 * random.uniform() - 2);
      for (let k = 0; k < outputs.length; k++) outputs[k] = scale * means[k]!;
      for (let j = 0; j < free.length; j++) free[j] = -6 + 8 * random.uniform();
      if (distribution.noiseKind === 'normal') random.fillNormal(noise, 0, noise.length);
      else random.fillUniform(noise, 0, noise.length);
      distribution.sample(outputs, free, none, noise, actions, logProbs, B);
      for (let b = 0; b < B; b++) {
        if (outside(actions[b]!, observation[2 * b]!, observation[2 * b + 1]!)) count++;
      }
    }
    return count;
  }

  it('leave no bound', () => {
    const outside = (a: number, low: number, high: number): boolean => !(a >= low && a <= high);
    const observing = box(1, { low: observed(0), high: observed(1) });
    expect(violations(observing, 'squashedGaussian', outside)).toBe(0);
    expect(violations(observing, 'truncatedGaussian', outside)).toBe(0);
    const above = (a: number, low: number): boolean => !(a >= low && a < Infinity);
    expect(violations(box(1, { low: observed(0) }), 'squashedGaussian', above)).toBe(0);
    expect(violations(composite('seller', observed(0)), 'composite', (a, r) => !(a === 0 || a >= r))).toBe(0);
    expect(violations(composite('buyer', observed(0)), 'composite', (a, r) => !(a === 0 || a <= r))).toBe(0);
  }, 60_000);
});
