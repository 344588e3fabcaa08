import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClippedTerms,
  createPlainKernels,
  type I32,
  type Kernels,
  reference,
} from '../../../src/kernels/index.js';
import { difference, distance, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

const rows = fc.integer({ min: 1, max: 70 });
const elements = fc.constantFrom(1, 1, 2, 3, 7);
const seed = fc.integer({ min: 0 });
const kind = fc.constantFrom<Values>('plain', 'tiny', 'wild');

const terms: fc.Arbitrary<ClippedTerms> = fc.record({
  advantageMean: fc.double({ min: -1, max: 1, noNaN: true }),
  advantageScale: fc.double({ min: 0.1, max: 10, noNaN: true }),
  clip: fc.constantFrom(0, 0.1, 0.2, 0.9),
  valueClip: fc.constantFrom(0.2, 1, Infinity),
  lossScale: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  valueScale: fc.double({ min: 1e-4, max: 1, noNaN: true }),
});

function chosen(kernels: Kernels, next: () => number, n: number, among: number): I32 {
  const array = kernels.i32(n);
  for (let j = 0; j < n; j++) array[j] = Math.floor(next() * among);
  return array;
}

/** Samples are more than rows; some rows may be the same sample. */
const samplesOf = (B: number): number => B + 9;

function objective(kernels: Kernels, B: number, from: number, kind_: Values, given: ClippedTerms, weighted: boolean) {
  const next = numbers(from);
  const array = (n: number) => place(kernels, values(next, n, kind_));
  const N = samplesOf(B);
  const [logProbs, behavior, predicted] = [array(B), array(B), array(B)];
  const samples = chosen(kernels, next, B, N);
  const [advantages, oldValues, targets] = [array(N), array(N), array(N)];
  const weights = place(
    kernels,
    Float32Array.from({ length: N }, () => (next() < 0.3 ? 0 : 1)),
  );
  const [dLogProbs, dValues, sums] = [kernels.f32(B), kernels.f32(B), kernels.f32(4)];
  kernels.clippedObjective(
    logProbs,
    behavior,
    predicted,
    samples,
    advantages,
    oldValues,
    targets,
    weighted ? weights : null,
    dLogProbs,
    dValues,
    sums,
    B,
    given,
  );
  return { logProbs, behavior, predicted, samples, advantages, oldValues, targets, dLogProbs, dValues, sums };
}

function gaussian(kernels: Kernels, B: number, A: number, from: number, kind_: Values): Float32Array[] {
  const next = numbers(from);
  const array = (n: number) => place(kernels, values(next, n, kind_));
  const [means, logStd, noise, actions] = [array(B * A), array(A), array(B * A), kernels.f32(B * A)];
  const [sampled, given] = [kernels.f32(B), kernels.f32(B)];
  kernels.gaussianSample(means, logStd, noise, actions, sampled, B, A);
  kernels.gaussianLogProb(means, logStd, actions, given, B, A);
  const dMeans = kernels.f32(B * A);
  const dLogStd = array(A);
  kernels.gaussianBackward(means, logStd, actions, array(B), array(B), dMeans, dLogStd, B, A);
  return [actions, sampled, given, dMeans, dLogStd];
}

describe('objectives and Gaussians', () => {
  const plain = createPlainKernels();

  test.each(ENGINES)('%s: the clipped objective gives the bits of the plain form', (_name, create) => {
    const engine = create();
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

  test('the clipped objective in plain form is the paper form, and its gradient that of the paper form', () => {
    fc.assert(
      fc.property(rows, seed, terms, (B, from, given) => {
        const made = objective(plain, B, from, 'plain', given, false);
        const row = (b: number): reference.ObjectiveRow => {
          const n = made.samples[b];
          return {
            logProb: made.logProbs[b],
            behaviorLogProb: made.behavior[b],
            value: made.predicted[b],
            advantage: made.advantages[n],
            oldValue: made.oldValues[n],
            valueTarget: made.targets[n],
          };
        };
        const sums = [0, 0, 0, 0];
        for (let b = 0; b < B; b++) {
          const at = row(b);
          const { policy, value } = reference.clippedLosses(at, given);
          const logRatio = at.logProb - at.behaviorLogProb;
          const ratio = Math.exp(logRatio);
          const before = [...sums];
          const own = [policy, value, ratio - 1 - logRatio, Math.abs(ratio - 1) > given.clip ? 1 : 0];
          own.forEach((term, s) => {
            sums[s] = before[s] + term;
          });
          const h = 1e-5;
          const slope = (key: 'logProb' | 'value', of: 'policy' | 'value'): number =>
            (reference.clippedLosses({ ...at, [key]: at[key] + h }, given)[of] -
              reference.clippedLosses({ ...at, [key]: at[key] - h }, given)[of]) /
            (2 * h);
          // Where a bound is within reach of the difference the slope is neither side's.
          const moved = Math.abs(Math.abs(at.value - at.oldValue) - given.valueClip);
          const [dPolicy, dValue] = [
            slope('logProb', 'policy') * given.lossScale,
            slope('value', 'value') * given.valueScale,
          ];
          const scale = Math.max(1, Math.abs((at.advantage - given.advantageMean) * given.advantageScale * ratio));
          if (Math.abs(Math.abs(ratio - 1) - given.clip) > 1e-3) {
            expect(Math.abs(made.dLogProbs[b] - dPolicy)).toBeLessThan(1e-4 * scale);
          }
          const clippedOff = Math.abs(at.value - at.oldValue) > given.valueClip;
          const tie =
            clippedOff &&
            Math.abs(reference.clippedLosses(at, given).value - 0.5 * (at.value - at.valueTarget) ** 2) < 1e-3;
          if (moved > 1e-3 && !tie) expect(Math.abs(made.dValues[b] - dValue)).toBeLessThan(1e-4);
        }
        // A ratio at a bound may round to either side of it.
        if (given.clip > 0) expect(distance(made.sums.subarray(0, 3), sums.slice(0, 3))).toBeLessThan(1e-4);
      }),
    );
  });

  test.each(ENGINES)('%s: Gaussians give the bits of the plain form', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(rows, elements, seed, kind, (B, A, from, kind_) => {
        const expected = gaussian(plain, B, A, from, kind_);
        const actual = gaussian(engine, B, A, from, kind_);
        expect(actual.map((array, j) => difference(array, expected[j]))).toEqual([null, null, null, null, null]);
        expect(difference(actual[1], actual[2])).toBeNull();
      }),
    );
  });

  test('a Gaussian in plain form is the paper form, and its gradient that of the paper form', () => {
    fc.assert(
      fc.property(rows, elements, seed, (B, A, from) => {
        const next = numbers(from);
        const [means, logStd, actions] = [values(next, B * A), values(next, A), values(next, B * A)];
        const [dLogProbs, dEntropies] = [values(next, B), values(next, B)];
        const logProbs = plain.f32(B);
        const placed = [means, logStd, actions].map((array) => place(plain, array));
        plain.gaussianLogProb(placed[0], placed[1], placed[2], logProbs, B, A);
        const dMeans = plain.f32(B * A);
        const dLogStd = plain.f32(A);
        const [g, h] = [place(plain, dLogProbs), place(plain, dEntropies)];
        plain.gaussianBackward(placed[0], placed[1], placed[2], g, h, dMeans, dLogStd, B, A);
        const part = (array: Float32Array, b: number) => [...array.subarray(b * A, (b + 1) * A)];
        const logProb = (b: number, mean: readonly number[], stds: readonly number[]): number =>
          reference.gaussianLogProb(mean, stds, part(actions, b));
        const step = 1e-5;
        const nudged = (array: readonly number[], j: number, by: number) => array.map((x, k) => (k === j ? x + by : x));
        const slopes = new Float64Array(A);
        for (let b = 0; b < B; b++) {
          const [mean, stds] = [part(means, b), [...logStd]];
          const expected = logProb(b, mean, stds);
          expect(Math.abs(logProbs[b] - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
          for (let j = 0; j < A; j++) {
            const along = (other: 'mean' | 'std'): number => {
              const at = (by: number) =>
                other === 'mean' ? logProb(b, nudged(mean, j, by), stds) : logProb(b, mean, nudged(stds, j, by));
              return (at(step) - at(-step)) / (2 * step);
            };
            const dMean = dLogProbs[b] * along('mean');
            expect(Math.abs(dMeans[b * A + j] - dMean)).toBeLessThan(1e-3 * (1 + Math.abs(dMean)));
            slopes[j] += dLogProbs[b] * along('std') + dEntropies[b];
          }
        }
        const size = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
        expect(distance(dLogStd, [...slopes]) / (1 + size)).toBeLessThan(1e-2);
      }),
      { numRuns: 40 },
    );
  });

  test.each(ENGINES)('%s: sums over rows give the bits of the plain form', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(rows, seed, kind, fc.boolean(), (n, from, kind_, everywhere) => {
        const of = (kernels: Kernels): number[] => {
          const next = numbers(from);
          const array = place(kernels, values(next, n + 5, kind_));
          const among = chosen(kernels, next, n, n + 5);
          return [
            kernels.sumRows(array, among, n),
            kernels.squaresAround(array, everywhere ? null : among, n, next() - 0.5),
          ];
        };
        expect(of(engine)).toEqual(of(plain));
      }),
    );
  });

  test.each(ENGINES)(
    '%s: plain work on arrays gives the bits of the plain form, and stays in its arrays',
    (_name, create) => {
      const engine = create();
      fc.assert(
        fc.property(rows, fc.integer({ min: 1, max: 9 }), seed, kind, (n, T, from, kind_) => {
          const of = (kernels: Kernels): Float32Array[] => {
            const next = numbers(from);
            const [a, b] = [place(kernels, values(next, n, kind_)), place(kernels, values(next, n, kind_))];
            const [sum, filled, gathered] = [kernels.f32(n + 1), kernels.f32(n + 1), kernels.f32(n + 1)];
            const steps = kernels.i32(n * T + 1);
            kernels.addScaled(a, b, next() - 0.5, sum, n);
            kernels.fill(filled, next(), n);
            const first = chosen(kernels, next, n, 1000);
            kernels.strideRows(first, n, T, 1000, steps);
            kernels.gatherRows(a, chosen(kernels, next, n, n), gathered, n, 1);
            return [sum, filled, gathered, Float32Array.from(steps)];
          };
          const [actual, expected] = [of(engine), of(plain)];
          expect(actual.map((array, j) => difference(array, expected[j]))).toEqual([null, null, null, null]);
          expect(expected.map((array) => array.at(-1))).toEqual([0, 0, 0, 0]);
        }),
      );
    },
  );

  test('steps of rows follow one another', () => {
    const [first, steps] = [plain.i32(2), plain.i32(6)];
    first.set([5, 3]);
    plain.strideRows(first, 2, 3, 10, steps);
    expect([...steps]).toEqual([5, 3, 15, 13, 25, 23]);
  });

  test('sums over rows are what they are called', () => {
    const array = place(plain, [1, 2, 4, 8]);
    const among = plain.i32(3);
    among.set([3, 0, 3]);
    expect(plain.sumRows(array, among, 3)).toBe(17);
    expect(plain.squaresAround(array, among, 3, 2)).toBe(36 + 1 + 36);
    expect(plain.squaresAround(array, null, 3, 2)).toBe(1 + 0 + 4);
  });
});
