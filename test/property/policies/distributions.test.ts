import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import { box, contains, discrete } from '../../../src/spaces/index.js';

const kernels = createPlainKernels();
const f32 = (values: readonly number[]): F32 => {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
};
const spec: DistributionSpec = { kind: 'auto', initialLogStd: 0, logStdBounds: [-10, 2] };
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** The uniforms that are hardest: 0 and the largest below 1. */
const noise = fc.oneof(fc.constantFrom(0, 1 - 2 ** -24), number(0, 1 - 2 ** -24));
const logits = fc.oneof(number(-5, 5), fc.constantFrom(-200, 0, 80, 1000, -Infinity));

describe('a masked categorical', () => {
  const choices = fc.array(fc.record({ logit: logits, legal: fc.boolean() }), { minLength: 1, maxLength: 7 });
  const usable = choices.filter((all) => all.some(({ logit, legal }) => legal && logit !== -Infinity));

  it('never takes an illegal choice, gives it probability 0 and no gradient, and adds up to 1', () => {
    fc.assert(
      fc.property(usable, noise, number(-2, 2), number(-2, 2), (all, uniform, dLogProb, dEntropy) => {
        const n = all.length;
        const distribution = createDistribution(discrete(n), spec, true);
        const outputs = f32(Array.from({ length: n * n }, (_, k) => all[k % n]!.logit));
        const mask = Uint8Array.from({ length: n * n }, (_, k) => (all[k % n]!.legal ? 1 : 0));
        const [action, logProb] = [f32([-1]), f32([0])];
        distribution.sample(outputs, f32([]), mask, f32([uniform]), action, logProb, 1);
        const taken = all[action[0]!]!;
        expect(taken.legal).toBe(true);
        expect(taken.logit).toBeGreaterThan(-Infinity);
        expect(logProb[0]).toBeGreaterThan(-Infinity);

        const each = f32(new Array(n).fill(0));
        distribution.logProb(outputs, f32([]), mask, f32(all.map((_, c) => c)), each, n);
        all.forEach(({ legal }, c) => {
          if (!legal) expect(Math.exp(each[c]!)).toBe(0);
        });
        expect(each.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);

        const dOutputs = f32(new Array(n).fill(9));
        distribution.backward(outputs, f32([]), mask, action, f32([dLogProb]), f32([dEntropy]), dOutputs, f32([]), 1);
        all.forEach(({ legal }, c) => {
          if (!legal) expect(Math.abs(dOutputs[c]!)).toBe(0);
          else expect(Number.isFinite(dOutputs[c])).toBe(true);
        });
        expect(dOutputs.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
      }),
    );
  });
});

describe('a squashed gaussian', () => {
  it('stays strictly inside its bounds with a finite log-probability, however far its mean', () => {
    const bounds = fc.record({ low: number(-1e4, 1e4), width: number(1, 1e4) });
    fc.assert(
      fc.property(bounds, number(-1e6, 1e6), number(-6, 6), number(-10, 2), ({ low, width }, mean, normal, logStd) => {
        const high = low + width;
        const space = box(1, { low, high });
        const distribution = createDistribution(space, spec, false);
        const [action, logProb, again] = [f32([0]), f32([0]), f32([0])];
        const [outputs, free] = [f32([mean]), f32([logStd])];
        const none = new Uint8Array(0);
        distribution.sample(outputs, free, none, f32([normal]), action, logProb, 1);
        expect(contains(space, action)).toBe(true);
        expect(action[0]! > low && action[0]! < high).toBe(true);
        expect(Number.isFinite(logProb[0])).toBe(true);
        distribution.logProb(outputs, free, none, action, again, 1);
        expect(again[0]).toBe(logProb[0]);
        distribution.mode(outputs, free, none, action, 1);
        expect(action[0]! > low && action[0]! < high).toBe(true);
      }),
    );
  });
});
