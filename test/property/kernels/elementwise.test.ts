import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as math from '../../../src/base/math/index.js';
import { createPlainKernels, ELEMENTWISE, type Elementwise, type Kernels } from '../../../src/kernels/index.js';
import { difference, numbers, place, values } from './arrays.js';
import { ENGINES } from './engines.js';

const SCALAR: Readonly<Record<Elementwise, (x: number) => number>> = {
  exp: math.expF32,
  log: math.logF32,
  sin: math.sinF32,
  cos: math.cosF32,
  tanh: math.tanhF32,
  sigmoid: math.sigmoidF32,
  softplus: math.softplusF32,
};

const ALL: readonly (readonly [string, () => Kernels])[] = [['plain', createPlainKernels], ...ENGINES];

/** Where tanh goes from one multiple of ln 2 / 2 to the next, with eight neighbors on each side: an engine that rounds once where
 *  others round twice takes the other multiple there, which must not be seen in the result. */
function tanhSeams(): Float32Array {
  const seams = Float32Array.from({ length: 27 }, (_, n) => (n + 0.5) / 2.8904526233673096);
  const bits = new Int32Array(seams.buffer);
  const near = Int32Array.from({ length: 17 * bits.length }, (_, k) => (bits[Math.floor(k / 17)] ?? 0) + (k % 17) - 8);
  const positive = new Float32Array(near.buffer);
  return Float32Array.from([...positive, ...positive.map((x) => -x)]);
}

/** 60,000 bit patterns over the whole of float32, then values of everyday size. */
function dense(): Float32Array {
  const patterns = new Uint32Array(60_000).map((_, k) => Math.imul(k, 71_583));
  const everyday = Float32Array.from({ length: 40_000 }, (_, k) => (k - 20_000) * 0.00071);
  const special = [0, -0, Infinity, -Infinity, NaN, 8388607.5, 8388608, -8388608, 3.4028235e38, 1e-45, 88.72284];
  return Float32Array.from([...new Float32Array(patterns.buffer), ...everyday, ...tanhSeams(), ...special]);
}

describe.each(ALL)('%s kernels', (_name, create) => {
  const kernels = create();
  const inputs = dense();

  test.each(ELEMENTWISE)('%s has the bits of the scalar function', (f) => {
    const input = place(kernels, inputs);
    const output = kernels.f32(inputs.length);
    kernels.elementwise(f, input, output, inputs.length);
    expect(difference(output, inputs.map(SCALAR[f]))).toBeNull();
    expect(difference(input, inputs)).toBeNull();
    kernels.elementwise(f, input, input, inputs.length);
    expect(difference(input, output)).toBeNull();
    kernels.free(input);
    kernels.free(output);
  });

  test('any number of elements: those behind stay as they are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ELEMENTWISE), fc.nat(), fc.integer({ min: 0, max: 40 }), (f, seed, n) => {
        const from = values(numbers(seed), n + 8, 'wild');
        const input = place(kernels, from);
        const output = kernels.f32(n + 8);
        output.fill(7);
        kernels.elementwise(f, input, output, n);
        const expected = from.map((x, k) => (k < n ? SCALAR[f](x) : 7));
        expect(difference(output, expected)).toBeNull();
        kernels.free(input);
        kernels.free(output);
      }),
    );
  });
});
