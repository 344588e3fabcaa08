import { describe, expect, test } from 'vitest';
import {
  cosF64,
  expF64,
  expm1F64,
  inverseMillsF64,
  log1pF64,
  logF64,
  logNormalCdfF64,
  millsRatioF64,
  normalCdfF64,
  normalDensityF64,
  normalQuantileF64,
  powF64,
  sinF64,
  tanhF64,
} from '../../../src/base/math/index.js';

/** Relative distance of two float64, in units of 2⁻⁵². */
function apart(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b) / (Math.abs(b) * 2 ** -52);
}

const EDGES = [
  0,
  -0,
  1,
  -1,
  2,
  -2,
  0.5,
  -0.5,
  3,
  -3,
  1e300,
  -1e300,
  5e-324,
  Infinity,
  -Infinity,
  NaN,
  2 ** 53,
  2 ** 70,
];

test('pow has the special cases of the language', () => {
  const faults: string[] = [];
  for (const x of [...EDGES, 1 + 2 ** -52, 1 - 2 ** -53, -1.5]) {
    for (const y of [...EDGES, 2.5, -2.5, 1e-300, 2 ** 53 - 1, -(2 ** 53) + 1, 1023, -1074]) {
      const expected = x ** y;
      const actual = powF64(x, y);
      const near =
        expected === 0 || !Number.isFinite(expected) ? Object.is(actual, expected) : apart(actual, expected) < 2;
      if (!near) faults.push(`${x} ** ${y}: ${actual}, not ${expected}`);
    }
  }
  expect(faults).toEqual([]);
});

test('pow of small integers is exact', () => {
  for (let base = 2; base <= 12; base++) {
    for (let exponent = 1; base ** exponent < 2 ** 53; exponent++) {
      expect(powF64(base, exponent)).toBe(Number(BigInt(base) ** BigInt(exponent)));
    }
  }
  expect(powF64(2, -1074)).toBe(5e-324);
  expect(powF64(4, 0.5)).toBe(2);
});

describe.each([
  [
    'exp',
    expF64,
    [
      [0, 1],
      [-0, 1],
      [710, Infinity],
      [-746, 0],
      [-745.13, 5e-324],
      [NaN, NaN],
      [Infinity, Infinity],
      [-Infinity, 0],
    ],
  ],
  [
    'log',
    logF64,
    [
      [0, -Infinity],
      [-0, -Infinity],
      [1, 0],
      [-1, NaN],
      [Infinity, Infinity],
      [NaN, NaN],
      [-Infinity, NaN],
    ],
  ],
  [
    'sin',
    sinF64,
    [
      [0, 0],
      [-0, -0],
      [Infinity, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [1e-300, 1e-300],
    ],
  ],
  [
    'cos',
    cosF64,
    [
      [0, 1],
      [-0, 1],
      [Infinity, NaN],
      [NaN, NaN],
      [1e-300, 1],
    ],
  ],
  [
    'tanh',
    tanhF64,
    [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [NaN, NaN],
      [50, 1],
      [1e-300, 1e-300],
    ],
  ],
  [
    'expm1',
    expm1F64,
    [
      [0, 0],
      [-0, -0],
      [1e-300, 1e-300],
      [-1000, -1],
      [1000, Infinity],
      [NaN, NaN],
      [-Infinity, -1],
    ],
  ],
  [
    'log1p',
    log1pF64,
    [
      [0, 0],
      [-0, -0],
      [1e-300, 1e-300],
      [-1, -Infinity],
      [-2, NaN],
      [Infinity, Infinity],
      [NaN, NaN],
    ],
  ],
  [
    'normal density',
    normalDensityF64,
    [
      [0, 0.3989422804014327],
      [1e200, 0],
      [-Infinity, 0],
      [NaN, NaN],
    ],
  ],
  [
    'normal distribution function',
    normalCdfF64,
    [
      [0, 0.5],
      [-0, 0.5],
      [-Infinity, 0],
      [Infinity, 1],
      [NaN, NaN],
    ],
  ],
  [
    'logarithm of the normal distribution function',
    logNormalCdfF64,
    [
      [-Infinity, -Infinity],
      [Infinity, 0],
      [NaN, NaN],
    ],
  ],
  [
    'ratio of Mills',
    millsRatioF64,
    [
      [Infinity, 0],
      [-Infinity, Infinity],
      [NaN, NaN],
    ],
  ],
  [
    'inverse ratio of Mills',
    inverseMillsF64,
    [
      [-Infinity, Infinity],
      [Infinity, 0],
      [NaN, NaN],
    ],
  ],
  [
    'normal quantile',
    normalQuantileF64,
    [
      [0, -Infinity],
      [0.5, 0],
      [1, Infinity],
      [-0.1, NaN],
      [1.1, NaN],
      [NaN, NaN],
    ],
  ],
] as const)('%s of float64', (_name, f, cases) => {
  test.each(cases)('f(%o) is %o', (x, expected) => {
    expect(f(x)).toBe(expected);
  });
});

test('what is finite stays close to the host over the whole range', () => {
  let [exponential, logarithm, tangent] = [0, 0, 0];
  for (let k = 0; k < 20_000; k++) {
    const x = (k / 20_000 - 0.5) * 1400;
    const size = 2 ** (k / 10 - 1000);
    exponential = Math.max(exponential, apart(expF64(x), Math.exp(x)));
    logarithm = Math.max(logarithm, apart(logF64(size), Math.log(size)));
    tangent = Math.max(tangent, apart(tanhF64(x / 70), Math.tanh(x / 70)));
  }
  expect(exponential).toBeLessThan(2);
  expect(logarithm).toBeLessThan(2);
  expect(tangent).toBeLessThan(4);
});

test('sine and cosine are right for arguments of any size', () => {
  // sin and cos of 2²¹·k + tiny steps cross from the fast reduction to the exact one at 2²⁰·π/2.
  for (const around of [1647099.3291652855, 1e6, 2 ** 53, 1e300, 5e22]) {
    for (const x of [around, -around, around * (1 - 2 ** -52), around * (1 + 2 ** -52)]) {
      expect(apart(sinF64(x), Math.sin(x)), `sin ${x}`).toBeLessThan(2);
      expect(apart(cosF64(x), Math.cos(x)), `cos ${x}`).toBeLessThan(2);
      expect(Math.abs(sinF64(x) ** 2 + cosF64(x) ** 2 - 1)).toBeLessThan(1e-15);
    }
  }
});

// By mpmath with 60 digits: SciPy's own norm.cdf is 500 units off at −37.
test.each([
  [-37, 5.725571222524577e-300, -689.0305855768906],
  [-10, 7.619853024160525e-24, -53.23128515051247],
  [-3, 0.0013498980316300946, -6.607726221510349],
  [-0.5, 0.3085375387259869, -1.1759117615936185],
  [0.5, 0.6914624612740131, -0.3689464152886564],
  [3, 0.9986501019683699, -0.0013508099647481938],
  [8, 0.9999999999999993, -6.220960574271786e-16],
])('the normal law at %f is that of mpmath', (z, cdf, log) => {
  expect(apart(normalCdfF64(z), cdf)).toBeLessThan(8);
  expect(apart(logNormalCdfF64(z), log)).toBeLessThan(8);
  expect(apart(millsRatioF64(-z) * normalDensityF64(z), cdf)).toBeLessThan(8);
  expect(apart(inverseMillsF64(z) * cdf, normalDensityF64(z))).toBeLessThan(8);
});

test.each([
  [1e-300, -37.0470962993612],
  [1e-20, -9.262340089798409],
  [0.001, -3.090232306167813],
  [0.025, -1.9599639845400545],
  [0.3, -0.5244005127080409],
  [0.975, 1.959963984540054],
  [0.999, 3.090232306167813],
])('the normal quantile of %f is that of SciPy', (p, z) => {
  expect(apart(normalQuantileF64(p), z)).toBeLessThan(8);
});

test('far below, the logarithm of the normal distribution function stays finite, and its slope follows', () => {
  for (const [z, log] of [
    [-100, -5005.524208694205],
    [-1000, -500007.8266948122],
    [-1e6, -500000000014.73456],
  ] as const) {
    expect(apart(logNormalCdfF64(z), log)).toBeLessThan(8);
    expect(Math.abs(inverseMillsF64(z) / -z - 1)).toBeLessThan(2 / z ** 2);
  }
});

test('the normal distribution function rises, and its quantile goes back', () => {
  let previous = 0;
  for (let k = 1; k < 4000; k++) {
    const p = k / 4000;
    const z = normalQuantileF64(p);
    expect(Math.abs(normalCdfF64(z) - p)).toBeLessThan(1e-15);
    expect(normalCdfF64(z)).toBeGreaterThan(previous);
    previous = normalCdfF64(z);
  }
});
