import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPlainKernels, type Kernels, reference, type WeightedTerms } from '../../../src/kernels/index.js';
import { difference, distance, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

const rows = fc.integer({ min: 1, max: 70 });
const seed = fc.integer({ min: 0 });
const kind = fc.constantFrom<Values>('plain', 'tiny', 'wild');
const terms: fc.Arbitrary<WeightedTerms> = fc.record({
  advantageMean: fc.double({ min: -1, max: 1, noNaN: true }),
  advantageScale: fc.double({ min: 0.1, max: 10, noNaN: true }),
  ratioBound: fc.constantFrom(null, 0, 1, 1.5, Infinity),
  lossScale: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  valueScale: fc.double({ min: 0, max: 1, noNaN: true }),
});

function objective(kernels: Kernels, B: number, from: number, kind_: Values, given: WeightedTerms, weighted: boolean) {
  const next = numbers(from);
  const array = (n: number) => place(kernels, values(next, n, kind_));
  const N = B + 9;
  const samples = kernels.i32(B);
  for (let b = 0; b < B; b++) samples[b] = Math.floor(next() * N);
  const [logProbs, behavior, predicted] = [array(B), array(B), array(B)];
  const [advantages, targets] = [array(N), array(N)];
  const weights = weighted
    ? place(
        kernels,
        Array.from({ length: N }, () => (next() < 0.3 ? 0 : 1)),
      )
    : null;
  const [dLogProbs, dValues, sums] = [kernels.f32(B), kernels.f32(B), kernels.f32(2)];
  kernels.weightedObjective(
    logProbs,
    behavior,
    predicted,
    samples,
    advantages,
    targets,
    weights,
    dLogProbs,
    dValues,
    sums,
    B,
    given,
  );
  return { logProbs, behavior, predicted, samples, advantages, targets, weights, dLogProbs, dValues, sums };
}

test.each(ENGINES)('%s: the weighted objective gives the bits of the plain form', (_name, create) => {
  const [engine, plain] = [create(), createPlainKernels()];
  fc.assert(
    fc.property(rows, seed, kind, terms, fc.boolean(), (B, from, kind_, given, weighted) => {
      const expected = objective(plain, B, from, kind_, given, weighted);
      const actual = objective(engine, B, from, kind_, given, weighted);
      for (const name of ['dLogProbs', 'dValues', 'sums'] as const) {
        expect(difference(actual[name], expected[name]), name).toBeNull();
      }
    }),
  );
});

test('the weighted objective in plain form is the paper form, and its gradient that of the paper form', () => {
  const plain = createPlainKernels();
  fc.assert(
    fc.property(rows, seed, terms, fc.boolean(), (B, from, given, weighted) => {
      const made = objective(plain, B, from, 'plain', given, weighted);
      const sums = [0, 0];
      for (let b = 0; b < B; b++) {
        const n = made.samples[b];
        const row = {
          logProb: made.logProbs[b],
          behaviorLogProb: made.behavior[b],
          value: made.predicted[b],
          advantage: made.advantages[n],
          valueTarget: made.targets[n],
        };
        const idle = made.weights !== null && made.weights[n] === 0;
        const { policy, value, weight } = reference.weightedLosses(row, given);
        sums[0] += idle ? 0 : policy;
        sums[1] += value;
        const size = 1 + Math.abs(weight);
        expect(Math.abs(made.dLogProbs[b] + (idle ? 0 : weight * given.lossScale))).toBeLessThan(1e-5 * size);
        expect(Math.abs(made.dValues[b] - (row.value - row.valueTarget) * given.valueScale)).toBeLessThan(1e-5);
      }
      expect(distance(made.sums, sums) / (1 + Math.abs(sums[0]))).toBeLessThan(1e-4);
    }),
  );
});
