import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createPlainKernels,
  createWasmKernels,
  type Kernels,
  reference,
  type VtraceClips,
} from '../../../src/kernels/index.js';
import { difference, distance, matrix, numbers, place, type Values, values } from './arrays.js';

const shape = fc.record({
  T: fc.integer({ min: 1, max: 24 }),
  B: fc.integer({ min: 1, max: 13 }),
  seed: fc.integer({ min: 0 }),
});
const bar = fc.constantFrom(0.7, 1, 2, Infinity);
const clips: fc.Arbitrary<VtraceClips> = fc.record({ rhoBar: bar, cBar: bar, pgRhoBar: fc.option(bar) });

interface Inputs {
  readonly T: number;
  readonly B: number;
  readonly rewards: Float32Array;
  readonly discounts: Float32Array;
  readonly lambdas: Float32Array;
  readonly values: Float32Array;
  readonly nextValues: Float32Array;
  readonly ratios: Float32Array;
  readonly bootstrap: Float32Array;
}

/** Episodes that end and are cut off at random. */
function inputs(T: number, B: number, seed: number, kind: Values): Inputs {
  const next = numbers(seed);
  const n = T * B;
  return {
    T,
    B,
    rewards: values(next, n, kind),
    discounts: Float32Array.from({ length: n }, () => (next() < 0.15 ? 0 : 0.99)),
    lambdas: Float32Array.from({ length: n }, () => (next() < 0.15 ? 0 : 0.95)),
    values: values(next, n, kind),
    nextValues: values(next, n, kind),
    ratios: values(next, n, kind).map(Math.abs),
    bootstrap: values(next, B, kind),
  };
}

function estimate(kernels: Kernels, i: Inputs, bars: VtraceClips): Record<string, Float32Array> {
  const n = i.T * i.B;
  const at = (array: Float32Array) => place(kernels, array);
  const [returns, advantages, targets, pgAdvantages] = [0, 0, 0, 0].map(() => kernels.f32(n));
  const [rewards, discounts, lambdas, v, nextV] = [i.rewards, i.discounts, i.lambdas, i.values, i.nextValues].map(at);
  kernels.discountedReturns(rewards, discounts, at(i.bootstrap), returns, i.T, i.B);
  kernels.gae(rewards, discounts, lambdas, v, nextV, advantages, i.T, i.B);
  kernels.vtrace(at(i.ratios), rewards, discounts, lambdas, v, nextV, targets, pgAdvantages, i.T, i.B, bars);
  return { returns, advantages, targets, pgAdvantages };
}

describe('estimators', () => {
  const plain = createPlainKernels();
  const wasm = createWasmKernels();

  test('WebAssembly gives the bits of the plain form', () => {
    fc.assert(
      fc.property(shape, fc.constantFrom<Values>('plain', 'tiny', 'wild'), clips, ({ T, B, seed }, kind, bars) => {
        const made = inputs(T, B, seed, kind);
        const expected = estimate(plain, made, bars);
        const actual = estimate(wasm, made, bars);
        for (const name of Object.keys(expected)) expect(difference(actual[name], expected[name]), name).toBeNull();
      }),
    );
  });

  test('the plain form is the O(T²) sum of the papers within float32 rounding', () => {
    fc.assert(
      fc.property(shape, clips, ({ T, B, seed }, bars) => {
        const made = inputs(T, B, seed, 'plain');
        const actual = estimate(plain, made, bars);
        const at = (array: Float32Array): number[][] => matrix(array, T, B);
        const paper = {
          rewards: at(made.rewards),
          discounts: at(made.discounts),
          lambdas: at(made.lambdas),
          values: at(made.values),
          nextValues: at(made.nextValues),
        };
        const returns = reference.discountedReturns(paper.rewards, paper.discounts, [...made.bootstrap]);
        const traced = reference.vtrace(at(made.ratios), paper, bars);
        expect(distance(actual.returns, returns.flat())).toBeLessThan(2e-5);
        expect(distance(actual.advantages, reference.gae(paper).flat())).toBeLessThan(2e-5);
        // Unclipped ratios up to 2 let traces grow as 2ᵗ, and their rounding with them.
        const tolerance = bars.cBar <= 1 ? 2e-5 : 1e-3;
        expect(distance(actual.targets, traced.valueTargets.flat())).toBeLessThan(tolerance);
        expect(distance(actual.pgAdvantages, traced.advantages.flat())).toBeLessThan(tolerance);
      }),
    );
  });

  test('on-policy V-trace with every clip at 1 and no truncation gives the n-step returns', () => {
    fc.assert(
      fc.property(shape, ({ T, B, seed }) => {
        const made = inputs(T, B, seed, 'plain');
        made.lambdas.fill(1);
        made.ratios.fill(1);
        made.nextValues.set(made.values.subarray(B));
        made.nextValues.set(made.bootstrap, (T - 1) * B);
        const { returns, targets } = estimate(plain, made, { rhoBar: 1, cBar: 1, pgRhoBar: 1 });
        expect(distance(targets, returns)).toBeLessThan(2e-5);
      }),
    );
  });

  test('GAE with λ = 1 is the discounted return less the value', () => {
    fc.assert(
      fc.property(shape, ({ T, B, seed }) => {
        const made = inputs(T, B, seed, 'plain');
        made.lambdas.fill(1);
        made.nextValues.set(made.values.subarray(B));
        made.nextValues.set(made.bootstrap, (T - 1) * B);
        const { returns, advantages } = estimate(plain, made, { rhoBar: 1, cBar: 1, pgRhoBar: 1 });
        const differences = returns.map((g, j) => g - made.values[j]);
        expect(distance(advantages, differences)).toBeLessThan(2e-5);
      }),
    );
  });
});
