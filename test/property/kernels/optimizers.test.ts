import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AdamStep,
  createPlainKernels,
  type Kernels,
  reference,
  type SgdStep,
} from '../../../src/kernels/index.js';
import { difference, distance, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

const length = fc.integer({ min: 1, max: 70 });
const seed = fc.integer({ min: 0 });
const kind = fc.constantFrom<Values>('plain', 'tiny', 'wild');

const adamStep: fc.Arbitrary<AdamStep> = fc.record({
  learningRate: fc.double({ min: 1e-5, max: 0.1, noNaN: true }),
  beta1: fc.double({ min: 0, max: 0.99, noNaN: true }),
  beta2: fc.double({ min: 0.5, max: 0.9999, noNaN: true }),
  epsilon: fc.constantFrom(1e-8, 1e-5),
  weightDecay: fc.constantFrom(0, 0.01),
  decayMode: fc.constantFrom('coupled', 'decoupled'),
  step: fc.integer({ min: 1, max: 100_000 }),
});

const sgdStep: fc.Arbitrary<SgdStep> = fc.record({
  learningRate: fc.double({ min: 1e-5, max: 0.1, noNaN: true }),
  momentum: fc.constantFrom(0, 0.9),
  weightDecay: fc.constantFrom(0, 0.01),
});

function adam(kernels: Kernels, n: number, from: number, values_: Values, step: AdamStep): Float32Array[] {
  const next = numbers(from);
  const parameters = place(kernels, values(next, n, values_));
  const gradients = place(kernels, values(next, n, values_));
  const mean = place(kernels, values(next, n, values_));
  const variance = place(kernels, values(next, n, values_).map(Math.abs));
  kernels.adam(parameters, gradients, mean, variance, n, step);
  return [parameters, gradients, mean, variance];
}

function sgd(kernels: Kernels, n: number, from: number, values_: Values, step: SgdStep): Float32Array[] {
  const next = numbers(from);
  const parameters = place(kernels, values(next, n, values_));
  const gradients = place(kernels, values(next, n, values_));
  const velocity = place(kernels, values(next, n, values_));
  kernels.sgd(parameters, gradients, step.momentum === 0 ? null : velocity, n, step);
  return [parameters, gradients, velocity];
}

describe('optimizers', () => {
  const plain = createPlainKernels();

  test.each(ENGINES)('%s: Adam gives the bits of the plain form', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(length, seed, kind, adamStep, (n, from, values_, step) => {
        const expected = adam(plain, n, from, values_, step);
        const actual = adam(engine, n, from, values_, step);
        expect(actual.map((array, j) => difference(array, expected[j]))).toEqual([null, null, null, null]);
      }),
    );
  });

  test('Adam in plain form is the paper form within float32 rounding', () => {
    fc.assert(
      fc.property(length, seed, adamStep, (n, from, step) => {
        const next = numbers(from);
        const state = {
          parameters: [...values(next, n)],
          mean: [...values(next, n)],
          variance: [...values(next, n)].map((v) => 0.1 + Math.abs(v)),
        };
        const gradients = values(next, n);
        const expected = reference.adam(state, [...gradients], step);
        const [p, m, v] = [state.parameters, state.mean, state.variance].map((array) => place(plain, array));
        plain.adam(p, place(plain, gradients), m, v, n, step);
        expect(distance(m, expected.mean)).toBeLessThan(1e-6);
        expect(distance(v, expected.variance)).toBeLessThan(1e-6);
        expect(distance(p, expected.parameters)).toBeLessThan(1e-5);
      }),
    );
  });

  test.each(ENGINES)(
    '%s: SGD gives the bits of the plain form, which is the paper form within rounding',
    (_name, create) => {
      const engine = create();
      fc.assert(
        fc.property(length, seed, kind, sgdStep, (n, from, values_, step) => {
          const expected = sgd(plain, n, from, values_, step);
          const actual = sgd(engine, n, from, values_, step);
          expect(actual.map((array, j) => difference(array, expected[j]))).toEqual([null, null, null]);
          if (values_ !== 'plain') return;
          const next = numbers(from);
          const [parameters, gradients, velocity] = [values(next, n), values(next, n), values(next, n)].map((a) => [
            ...a,
          ]);
          const paper = reference.sgd(parameters, gradients, velocity, step);
          expect(distance(expected[0], paper.parameters)).toBeLessThan(1e-6);
          if (step.momentum !== 0) expect(distance(expected[2], paper.velocity)).toBeLessThan(1e-6);
        }),
      );
    },
  );

  test.each(ENGINES)(
    '%s: norms, clipping and sums of the bits of the plain form, which is the paper form within rounding',
    (_name, create) => {
      const engine = create();
      fc.assert(
        fc.property(length, seed, kind, fc.constantFrom(0.5, 5, Infinity), (n, from, values_, maxNorm) => {
          const made = values(numbers(from), n, values_);
          const [p, w] = [place(plain, made), place(engine, made)];
          expect(engine.sum(w, n)).toBe(plain.sum(p, n));
          const norm = plain.clipGlobalNorm(p, n, maxNorm);
          expect(engine.clipGlobalNorm(w, n, maxNorm)).toBe(norm);
          expect(difference(w, p)).toBeNull();
          if (values_ !== 'plain') return;
          expect(norm).toBeCloseTo(reference.norm([...made]), 10);
          expect(distance(p, reference.clipGlobalNorm([...made], maxNorm))).toBeLessThan(1e-6);
        }),
      );
    },
  );
});
