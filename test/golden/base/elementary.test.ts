import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as math from '../../../src/base/math/index.js';

type Row = readonly [number | [number, number], number, number];
type Name =
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'pow'
  | 'expm1'
  | 'log1p'
  | 'normalDensity'
  | 'normalCdf'
  | 'logNormalCdf'
  | 'millsRatio'
  | 'inverseMills'
  | 'normalQuantile';

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../${name}.json`, import.meta.url), 'utf8')) as T;
}

const table = read<Readonly<Record<Name, Row[]>>>('elementary-float64');
const digests = read<Readonly<Record<string, string>>>('elementary-digests');

/** Distance between neighboring float64 at x. */
function unit(x: number): number {
  const power = Math.floor(Math.log2(Math.abs(x)));
  const exponent = 2 ** power > Math.abs(x) ? power - 1 : power;
  return Math.max(2 ** Math.max(exponent - 52, -1074), 5e-324);
}

const BOUNDS: readonly (readonly [Name, (x: number, y: number) => number, number])[] = [
  ['exp', math.expF64, 0.9],
  ['log', math.logF64, 0.9],
  ['sin', math.sinF64, 0.8],
  ['cos', math.cosF64, 0.8],
  ['tanh', math.tanhF64, 2.1],
  ['pow', math.powF64, 1],
  ['expm1', math.expm1F64, 0.9],
  ['log1p', math.log1pF64, 1.6],
  ['normalDensity', math.normalDensityF64, 2],
  ['normalCdf', math.normalCdfF64, 5],
  ['logNormalCdf', math.logNormalCdfF64, 5],
  ['millsRatio', math.millsRatioF64, 4],
  ['inverseMills', math.inverseMillsF64, 5],
  ['normalQuantile', math.normalQuantileF64, 6],
];

test.each(BOUNDS)('%s of float64 is within its bound of the exact value', (name, f, bound) => {
  let worst = 0;
  for (const [argument, nearest, rest] of table[name]) {
    const y = typeof argument === 'number' ? f(argument, 0) : f(argument[0], argument[1]);
    worst = Math.max(worst, Math.abs((y - nearest) / unit(nearest) - rest));
  }
  expect(table[name].length).toBeGreaterThan(100);
  expect(worst).toBeLessThanOrEqual(bound);
  expect(worst).toBeGreaterThan(0.4);
});

/** 40,000 arguments over all bit patterns, from a multiplicative walk; NaN results count as one. */
const INPUTS: readonly (readonly [string, (x: number) => number])[] = Object.entries(math)
  .filter(([name]) => name !== 'powF64')
  .map(([name, f]) => [name, f as (x: number) => number]);

test.each(INPUTS)('%s gives the bits it always gave', (name, f) => {
  const words = new Uint32Array(2);
  const view = name.endsWith('F32') ? new Float32Array(words.buffer, 0, 1) : new Float64Array(words.buffer);
  const hash = createHash('sha256');
  for (let k = 0; k < 40_000; k++) {
    words[0] = Math.imul(k, 0x9e3779b1);
    words[1] = Math.imul(k, 0x85ebca77);
    // Every other argument of moderate size, where the functions do their work.
    const x = k % 2 === 0 ? view[0] : (words[0] / 2 ** 32 - 0.5) * 40;
    view[0] = f(name.includes('Turns') ? words[0] / 2 ** 32 : x);
    hash.update(Number.isNaN(view[0]) ? 'NaN' : words.subarray(0, view.BYTES_PER_ELEMENT / 4));
  }
  expect(hash.digest('hex')).toBe(digests[name]);
});
