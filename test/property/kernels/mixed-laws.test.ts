import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalQuantileF64 } from '../../../src/base/math/index.js';
import {
  type BoundedRows,
  type CompositeRows,
  createPlainKernels,
  type F32,
  type I32,
  type Kernels,
} from '../../../src/kernels/index.js';
import { difference, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

/** Laws whose rows differ in kind: what is decided in one is given in another. */
const rows = fc.integer({ min: 1, max: 70 });
const size = fc.integer({ min: 1, max: 5 });
const seed = fc.integer({ min: 0 });
const kind = fc.constantFrom<Values>('plain', 'tiny', 'wild');
const CURVE = { middle: -4, half: 6, start: 0.8, scale: 0.3 };

type Made = Record<string, F32>;

/** Same names and bits. */
function expectSame(actual: Made, expected: Made): void {
  for (const [name, array] of Object.entries(expected)) {
    expect([name, difference(actual[name], array)]).toEqual([name, null]);
  }
}

const uniforms = (kernels: Kernels, next: () => number, n: number): F32 =>
  place(
    kernels,
    Float32Array.from({ length: n }, () => Math.floor(next() * 2 ** 24) * 2 ** -24),
  );

function binary(kernels: Kernels, B: number, A: number, from: number, kind_: Values): Made {
  const next = numbers(from);
  const array = () => place(kernels, values(next, B * A, kind_));
  const row = () => place(kernels, values(next, B, kind_));
  const logits = array();
  for (let k = 0; k < logits.length; k++) if (next() < 0.1) logits[k] = next() < 0.5 ? Infinity : -Infinity;
  const noise = uniforms(kernels, next, B * A);
  const [actions, dLogits] = [kernels.f32(B * A), kernels.f32(B * A)];
  const [drawn, logProbs, entropies] = [kernels.f32(B), kernels.f32(B), kernels.f32(B)];
  kernels.binarySample(logits, noise, actions, drawn, B, A);
  kernels.binaryEvaluate(logits, actions, logProbs, entropies, B, A);
  expect(difference(drawn, logProbs)).toBeNull();
  const spread = kernels.f32(B);
  kernels.binaryEvaluate(logits, null, null, spread, B, A);
  expect(difference(spread, entropies)).toBeNull();
  kernels.binaryBackward(logits, actions, row(), row(), dLogits, B, A);
  return { actions, logProbs, entropies, dLogits };
}

/** Bounds on both sides, on one, on none, and elements with nothing to decide, by turns at random. */
function boundsOf(kernels: Kernels, next: () => number, places: number, A: number): F32 {
  const bounds = kernels.f32(4 * A * places);
  for (let b = 0; b < places; b++) {
    for (let j = 0; j < A; j++) {
      const at = 4 * A * b + j;
      const low = Math.fround(next() * 8 - 4);
      const high = Math.fround(low + 2 ** Math.floor(next() * 8 - 2));
      const which = Math.floor(next() * 5);
      const [hasLow, hasHigh] = [which === 0 || which === 1, which === 0 || which === 2];
      bounds[at] = hasLow || which === 4 ? low : -Infinity;
      bounds[at + A] = which === 4 ? low : hasHigh ? high : Infinity;
      bounds[at + 2 * A] = which === 4 ? low : hasLow ? low + 2 ** -19 : -3.4028234663852886e38;
      bounds[at + 3 * A] = which === 4 ? low : hasHigh ? high - 2 ** -19 : 3.4028234663852886e38;
    }
  }
  return bounds;
}

function bounded(kernels: Kernels, B: number, own: BoundedRows, from: number, kind_: Values): Made {
  const next = numbers(from);
  const { size: A, byNetwork, observed } = own;
  const array = (n: number) => place(kernels, values(next, n, kind_));
  const outputs = array(B * (byNetwork ? 2 * A : A));
  const bounds = boundsOf(kernels, next, observed ? B : 1, A);
  const [given, slopes] = [array(A), kernels.f32(B * A)];
  let logStd = given;
  if (byNetwork) {
    logStd = kernels.f32(B * A);
    kernels.networkStd(outputs, logStd, slopes, B, A, CURVE);
  }
  const noise = array(B * A);
  const [actions, modes] = [kernels.f32(B * A), kernels.f32(B * A)];
  const [logProbs, entropies, spread] = [kernels.f32(B), kernels.f32(B), kernels.f32(B)];
  const [g, h] = [array(B), array(B)];
  const [dOutputs, pathwise] = [kernels.f32(outputs.length), kernels.f32(outputs.length)];
  const dLogStd = array(A);
  kernels.boundedSample(outputs, logStd, noise, bounds, actions, B, own);
  kernels.boundedSample(outputs, logStd, null, bounds, modes, B, own);
  kernels.boundedEvaluate(outputs, logStd, actions, bounds, logProbs, entropies, B, own);
  kernels.boundedEvaluate(outputs, logStd, null, bounds, null, spread, B, own);
  expect(difference(spread, entropies)).toBeNull();
  kernels.boundedBackward(outputs, logStd, byNetwork ? slopes : null, actions, bounds, g, h, dOutputs, dLogStd, B, own);
  if (byNetwork) kernels.boundedPathwise(outputs, logStd, slopes, noise, bounds, array(B * A), g, pathwise, B, own);
  return { logStd, slopes, actions, modes, logProbs, entropies, dOutputs, dLogStd, pathwise };
}

function composite(kernels: Kernels, B: number, own: CompositeRows, from: number, kind_: Values): Made {
  const next = numbers(from);
  const array = (n: number) => place(kernels, values(next, n, kind_));
  const reservations = array(own.observed ? B : 1).map((r) => (Number.isFinite(r) ? r + 0 : 1)) as F32;
  const placed = place(kernels, reservations);
  for (let b = 0; b < placed.length; b++) if (next() < 0.3) placed[b] = 0;
  const [outputs, logStd] = [array(2 * B), place(kernels, [next() * 4 - 3])];
  const noise = uniforms(kernels, next, 2 * B);
  const [actions, logProbs, entropies] = [kernels.f32(B), kernels.f32(B), kernels.f32(B)];
  const [dOutputs, dLogStd] = [kernels.f32(2 * B), array(1)];
  kernels.compositeSample(outputs, logStd, noise, placed, actions, B, own);
  const drawn = place(kernels, actions);
  // Some that nobody drew: on the wrong side, and passing.
  for (let b = 0; b < B; b++) if (next() < 0.2) actions[b] = next() < 0.5 ? 0 : next() * 4 - 2;
  kernels.compositeEvaluate(outputs, logStd, actions, placed, logProbs, entropies, B, own);
  const spread = kernels.f32(B);
  kernels.compositeEvaluate(outputs, logStd, null, placed, null, spread, B, own);
  expect(difference(spread, entropies)).toBeNull();
  kernels.compositeBackward(outputs, logStd, actions, placed, array(B), array(B), dOutputs, dLogStd, B, own);
  return { drawn, logProbs, entropies, dOutputs, dLogStd };
}

function normals(kernels: Kernels, n: number, from: number): Made {
  const drawn = uniforms(kernels, numbers(from), n);
  const made = kernels.f32(n);
  kernels.normalsOfUniforms(drawn, made, n);
  return { made };
}

/** A mask as a kernel takes it: bytes, four to an element. */
function bytes(kernels: Kernels, of: Uint8Array): I32 {
  const memory = kernels.i32(Math.ceil(of.length / 4));
  new Uint8Array(memory.buffer, memory.byteOffset, of.length).set(of);
  return memory;
}

function masks(kernels: Kernels, B: number, A: number, from: number, kind_: Values): { made: Made; first: number[] } {
  const next = numbers(from);
  const counts = Array.from({ length: A }, () => 1 + Math.floor(next() * 4));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const logits = place(kernels, values(next, B * total, kind_));
  const mask = (n: number) =>
    bytes(
      kernels,
      Uint8Array.from({ length: n }, () => (next() < 0.9 ? 1 : 0)),
    );
  const segments = kernels.i32(A);
  segments.set(counts);
  const [choices, decisions] = [kernels.f32(B * total), kernels.f32(B * A)];
  const first = [
    kernels.maskChoices(logits, mask(B * total), segments, choices, B, A),
    kernels.maskBinary(logits, mask(2 * B * A), decisions, B * A),
  ];
  // What is behind an empty choice is not told.
  return { made: first[0] < 0 && first[1] < 0 ? { choices, decisions } : {}, first };
}

function scattered(kernels: Kernels, R: number, width: number, from: number): Made {
  const next = numbers(from);
  const output = place(kernels, values(next, 2 * R * width));
  const chosen = kernels.i32(R);
  chosen.set(Array.from({ length: R }, (_, r) => 2 * r + (next() < 0.5 ? 1 : 0)));
  kernels.addToRows(place(kernels, values(next, R * width)), chosen, output, R, width);
  return { output };
}

describe('laws of rows that differ', () => {
  const plain = createPlainKernels();

  test.each(ENGINES)('%s: the bits of the plain form', (_name, create) => {
    const engine = create();
    const check = (make: (kernels: Kernels) => Made) => expectSame(make(engine), make(plain));
    fc.assert(
      fc.property(rows, size, seed, kind, fc.boolean(), fc.boolean(), (B, A, from, kind_, byNetwork, observed) => {
        check((kernels) => binary(kernels, B, A, from, kind_));
        check((kernels) => bounded(kernels, B, { size: A, byNetwork, observed }, from, kind_));
        check((kernels) => composite(kernels, B, { side: byNetwork ? 'seller' : 'buyer', observed }, from, kind_));
        check((kernels) => normals(kernels, B * A, from));
        check((kernels) => scattered(kernels, B, A, from));
        const [ours, theirs] = [engine, plain].map((kernels) => masks(kernels, B, A, from, kind_));
        expect(ours.first).toEqual(theirs.first);
        expectSame(ours.made, theirs.made);
      }),
    );
  });

  test('in plain form the normals are the quantiles, at both ends too', () => {
    const steps = [0, 1, 2, 2 ** 10, 2 ** 23 - 1, 2 ** 23, 2 ** 24 - 2, 2 ** 24 - 1];
    for (let k = 3; k < 2 ** 24; k += 65_537) steps.push(k);
    const drawn = place(
      plain,
      steps.map((k) => k * 2 ** -24),
    );
    const made = plain.f32(steps.length);
    plain.normalsOfUniforms(drawn, made, steps.length);
    for (const [j, u] of drawn.entries()) {
      const exact = normalQuantileF64(u + 2 ** -25);
      expect(Math.abs(made[j] / exact - 1)).toBeLessThan(4e-7);
    }
  });

  test('a choice and a decision of which nothing is legal are named, the first of them', () => {
    const mask = bytes(plain, Uint8Array.from([1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1]));
    const logits = place(plain, new Array(12).fill(0.5));
    const counts = plain.i32(2);
    counts.set([2, 1]);
    expect(plain.maskChoices(logits, mask, counts, plain.f32(12), 4, 2)).toBe(1);
    expect(plain.maskBinary(logits, mask, plain.f32(6), 6)).toBe(3);
    const bounded = plain.f32(3);
    expect(plain.maskBinary(logits, mask, bounded, 3)).toBe(-1);
    expect([...bounded]).toEqual([-Infinity, Infinity, 0.5]);
  });
});
