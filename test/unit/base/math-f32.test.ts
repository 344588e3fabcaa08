import { describe, expect, test } from 'vitest';
import {
  cosF32,
  cosTurnsF32,
  expF32,
  logF32,
  sigmoidF32,
  sinF32,
  sinTurnsF32,
  softplusF32,
  tanhF32,
} from '../../../src/base/math/index.js';

const MAX = 3.4028234663852886e38;
const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** Distance of a float32 near the true value's size: 2⁻¹⁴⁹ below 2⁻¹²⁶. */
function unit(exact: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(exact))), -126) - 23);
}

interface Sweep {
  readonly name: string;
  readonly f: (x: number) => number;
  readonly exact: (x: number) => number;
  /** What docs/numerics.md states, in units in the last place. */
  readonly bound: number;
}

const SWEEPS: readonly Sweep[] = [
  { name: 'exp', f: expF32, exact: Math.exp, bound: 0.9 },
  { name: 'log', f: logF32, exact: Math.log, bound: 1.2 },
  { name: 'sin', f: sinF32, exact: Math.sin, bound: 1.6 },
  { name: 'cos', f: cosF32, exact: Math.cos, bound: 1.6 },
  { name: 'tanh', f: tanhF32, exact: Math.tanh, bound: 2.07 },
  {
    name: 'sigmoid',
    f: sigmoidF32,
    exact: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
    bound: 2.4,
  },
  {
    name: 'softplus',
    f: softplusF32,
    exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    bound: 2.2,
  },
];

/** Every 20,011th float32, so all exponents and both signs, and a denser walk over the range where most use lies. */
function* sweep(): Generator<number> {
  for (let bits = 0; bits < 2 ** 32; bits += 20_011) {
    word[0] = bits;
    yield single[0];
  }
  for (let k = -60_000; k <= 60_000; k++) yield Math.fround(k * 0.000171);
}

describe.each(SWEEPS)('$name of float32', ({ f, exact, bound }) => {
  test(`is a float32 within ${bound} units in the last place of the exact value`, () => {
    let worst = 0;
    for (const x of sweep()) {
      const y = f(x);
      const truth = exact(x);
      if (!Object.is(Math.fround(y), y)) expect.fail(`${x} gave ${y}, which is no float32`);
      const nearest = Math.fround(truth);
      if (nearest === 0 || !(Math.abs(nearest) <= MAX)) {
        // Beyond the range of float32, or no number: nothing to be near to.
        if (!Object.is(y, nearest)) expect.fail(`${x} gave ${y}, not ${nearest}`);
      } else {
        worst = Math.max(worst, Number.isFinite(y) ? Math.abs(y - truth) / unit(truth) : Infinity);
      }
    }
    expect(worst).toBeLessThanOrEqual(bound);
    expect(worst).toBeGreaterThan(0.5);
  });
});

const CASES: readonly (readonly [string, (x: number) => number, number, number])[] = [
  ['exp', expF32, 0, 1],
  ['exp', expF32, -0, 1],
  ['exp', expF32, 88.72283935546875, Infinity],
  ['exp', expF32, 88.72283172607422, 3.402798519021476e38],
  ['exp', expF32, -103.97207641601562, 1.401298464324817e-45],
  ['exp', expF32, -104, 0],
  ['exp', expF32, -Infinity, 0],
  ['exp', expF32, Infinity, Infinity],
  ['exp', expF32, NaN, NaN],
  ['log', logF32, 0, -Infinity],
  ['log', logF32, -0, -Infinity],
  ['log', logF32, 1, 0],
  ['log', logF32, -1, NaN],
  ['log', logF32, -Infinity, NaN],
  ['log', logF32, Infinity, Infinity],
  ['log', logF32, NaN, NaN],
  ['log', logF32, 1.401298464324817e-45, -103.2789306640625],
  ['sin', sinF32, -0, -0],
  ['sin', sinF32, 0, 0],
  ['sin', sinF32, Infinity, NaN],
  ['sin', sinF32, NaN, NaN],
  ['cos', cosF32, 0, 1],
  ['cos', cosF32, -0, 1],
  ['cos', cosF32, -Infinity, NaN],
  ['tanh', tanhF32, 0, 0],
  ['tanh', tanhF32, -0, -0],
  ['tanh', tanhF32, 1.401298464324817e-45, 1.401298464324817e-45],
  ['tanh', tanhF32, -Infinity, -1],
  ['tanh', tanhF32, 1e30, 1],
  ['tanh', tanhF32, NaN, NaN],
  ['sigmoid', sigmoidF32, 0, 0.5],
  ['sigmoid', sigmoidF32, -Infinity, 0],
  ['sigmoid', sigmoidF32, Infinity, 1],
  ['sigmoid', sigmoidF32, NaN, NaN],
  ['softplus', softplusF32, 0, 0.6931471824645996],
  ['softplus', softplusF32, -Infinity, 0],
  ['softplus', softplusF32, 3e38, Math.fround(3e38)],
  ['softplus', softplusF32, NaN, NaN],
  ['sin of turns', sinTurnsF32, 0.25, 1],
  ['sin of turns', sinTurnsF32, 0.5, 0],
  ['cos of turns', cosTurnsF32, 0.5, -1],
  ['cos of turns', cosTurnsF32, 1, 1],
];

test.each(CASES)('%s (%#): f(%o) is exactly its edge value', (_name, f, x, expected) => {
  // 0 and −0 differ here, except where a turn passes through zero.
  const y = f(x);
  if (f === sinTurnsF32) expect(y + 0).toBe(expected);
  else expect(y).toBe(expected);
});

test('tanh is odd to the bit, and never exceeds 1', () => {
  const faults: number[] = [];
  for (let k = 0; k <= 100_000; k++) {
    const x = Math.fround(k * 0.000093);
    const y = tanhF32(x);
    if (!Object.is(tanhF32(-x), -y) || !(y <= 1)) faults.push(x);
  }
  expect(faults).toEqual([]);
});

test('sine and cosine of turns agree with those of radians', () => {
  for (let k = 0; k <= 4096; k++) {
    const u = k / 4096;
    expect(sinTurnsF32(u)).toBeCloseTo(Math.sin(2 * Math.PI * u), 6);
    expect(cosTurnsF32(u)).toBeCloseTo(Math.cos(2 * Math.PI * u), 6);
  }
});
