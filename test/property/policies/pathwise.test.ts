import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { createDistribution, NOISE_SCALE, NOISE_WARMUP } from '../../../src/policies/index.js';
import { box, contains, observed } from '../../../src/spaces/index.js';

const kernels = createPlainKernels();
const f32 = (values: ArrayLike<number>): F32 => {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
};
const none = new Uint8Array(0);
const SPEC = { initialLogStd: 0, logStdBounds: [-20, 5] as [number, number] };
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
const far = fc.oneof(number(-5, 5), number(-1e6, 1e6), fc.constantFrom(-1e6, 0, 1e6));
const normal = number(-6, 6);
/** Elements 0 and 1 of the observation; the second may be the first. */
const bounds = fc
  .record({ low: far, width: fc.oneof(fc.constantFrom(0, 1e-30), number(0, 1), number(0, 1e6)) })
  .map(({ low, width }) => [low, Math.max(low, Math.fround(low + width))] as const);
const space = fc.constantFrom(
  box(1, { low: observed(0), high: observed(1) }),
  box(1, { low: observed(0) }),
  box(1, { high: observed(1) }),
  box(1, { low: -0.1, high: 0.3 }),
  box(1),
);

const allFinite = (array: F32): boolean => [...array].every(Number.isFinite);

it('a deviation of the network’s: actions in bounds, and every number finite, however far the outputs', () => {
  fc.assert(
    fc.property(space, bounds, far, far, normal, (of, observation, mean, x, noise) => {
      const law = createDistribution(of, { ...SPEC, kind: 'auto', std: 'network' }, false, '', 2);
      const seen = f32(observation);
      const outputs = f32([mean, x]);
      const [action, logProb, again, entropy] = [f32([0]), f32([0]), f32([0]), f32([0])];
      const dOutputs = f32([Number.NaN, Number.NaN]);
      law.observe?.(seen, 1);
      law.sample(outputs, f32([]), none, f32([noise]), action, logProb, 1);
      expect(contains(of, action, 0, { values: seen, offset: 0 })).toBe(true);
      law.logProb(outputs, f32([]), none, action, again, 1);
      expect(again[0]).toBe(logProb[0]);
      law.entropy(outputs, f32([]), none, entropy, 1);
      expect(allFinite(logProb) && allFinite(entropy)).toBe(true);
      law.backward(outputs, f32([]), none, action, f32([1]), f32([1]), dOutputs, f32([]), 1);
      expect(allFinite(dOutputs)).toBe(true);
      dOutputs.fill(Number.NaN);
      law.sampleBackward!(outputs, f32([noise]), f32([1]), f32([1]), dOutputs, 1);
      expect(allFinite(dOutputs)).toBe(true);
      law.mode(outputs, f32([]), none, action, 1);
      expect(contains(of, action, 0, { values: seen, offset: 0 })).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

it('noisyDeterministic: actions in bounds, whatever the noise and while warming up, and finite gradients', () => {
  fc.assert(
    fc.property(
      space,
      bounds,
      far,
      number(0, 100),
      fc.boolean(),
      normal,
      (of, observation, output, scale, warmup, noise) => {
        const law = createDistribution(of, { ...SPEC, kind: 'noisyDeterministic' }, false, '', 2);
        const seen = f32(observation);
        const free = f32([0, 0]);
        free[NOISE_SCALE] = scale;
        free[NOISE_WARMUP] = warmup ? 1 : 0;
        const [action, dOutputs] = [f32([0]), f32([Number.NaN])];
        law.observe?.(seen, 1);
        law.sample(f32([output]), free, none, f32([noise]), action, f32([0]), 1);
        expect(contains(of, action, 0, { values: seen, offset: 0 })).toBe(true);
        law.mode(f32([output]), free, none, action, 1);
        expect(contains(of, action, 0, { values: seen, offset: 0 })).toBe(true);
        law.modeBackward!(f32([output]), f32([1]), dOutputs, 1);
        expect(allFinite(dOutputs)).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
