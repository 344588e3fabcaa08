import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';

const N = 200_000;

/** Σ (observed − expected)² / expected over equally likely cells. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Four standard deviations above the mean of χ² with `cells` − 1 degrees of freedom: the seeds are fixed, so it holds or not. */
function limit(cells: number): number {
  return cells - 1 + 4 * Math.sqrt(2 * (cells - 1));
}

function moments(values: Float32Array): number[] {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (const x of values) {
    first += x;
    second += x * x;
    third += x ** 3;
    fourth += x ** 4;
  }
  return [first, second, third, fourth].map((sum) => sum / values.length);
}

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('uniforms are uniform, alone and in pairs', () => {
    const values = new Float32Array(N);
    new RandomStream(seed, 'uniform').fillUniform(values, 0, N);
    const cells = new Array<number>(256).fill(0);
    const pairs = new Array<number>(256).fill(0);
    for (let k = 0; k < N; k++) {
      cells[Math.floor(values[k] * 256)]++;
      if (k > 0) pairs[Math.floor(values[k] * 16) * 16 + Math.floor(values[k - 1] * 16)]++;
    }
    expect(Math.min(...values.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(chiSquare(cells)).toBeLessThan(limit(256));
    expect(chiSquare(pairs)).toBeLessThan(limit(256));
  });

  test('normals have the moments and the tails of a normal', () => {
    const values = new Float32Array(N);
    new RandomStream(seed, 'normal').fillNormal(values, 0, N);
    const [first, second, third, fourth] = moments(values);
    const error = 4 / Math.sqrt(N);
    expect(Math.abs(first)).toBeLessThan(error);
    expect(Math.abs(second - 1)).toBeLessThan(error * Math.sqrt(2));
    expect(Math.abs(third)).toBeLessThan(error * Math.sqrt(15));
    expect(Math.abs(fourth - 3)).toBeLessThan(error * Math.sqrt(96));
    // Octiles of the normal distribution.
    const edges = [-1.1503493803760079, -0.6744897501960817, -0.31863936396437514, 0, 0.31863936396437514];
    edges.push(0.6744897501960817, 1.1503493803760079);
    const cells = new Array<number>(8).fill(0);
    let correlation = 0;
    for (let k = 0; k < N; k++) {
      cells[edges.filter((edge) => values[k] > edge).length]++;
      if (k > 0) correlation += values[k] * values[k - 1];
    }
    expect(chiSquare(cells)).toBeLessThan(limit(8));
    expect(Math.abs(correlation / N)).toBeLessThan(error);
  });

  test('every order of four is equally likely', () => {
    const random = new RandomStream(seed, 'orders');
    const out = new Int32Array(4);
    const counts = new Map<string, number>();
    for (let k = 0; k < 24_000; k++) {
      random.permutation(out, 4);
      const order = out.join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()])).toBeLessThan(limit(24));
  });

  test('integers, categories and coins come as often as they should', () => {
    const random = new RandomStream(seed, 'discrete');
    const integers = new Array<number>(7).fill(0);
    const categories = [0, 0, 0];
    let heads = 0;
    for (let k = 0; k < 21_000; k++) {
      integers[random.integer(7)]++;
      categories[random.categorical([1, 2, 3])]++;
      if (random.bernoulli(0.3)) heads++;
    }
    expect(chiSquare(integers)).toBeLessThan(limit(7));
    expect(chiSquare([categories[0], categories[1] / 2, categories[2] / 3])).toBeLessThan(limit(3));
    expect(Math.abs(heads / 21_000 - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / 21_000));
  });
});

test('a permutation holds every index once', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 3000 }), (seed, n) => {
      const out = new Int32Array(n);
      new RandomStream(seed, 'permutation').permutation(out, n);
      expect(out.slice().sort()).toEqual(Int32Array.from({ length: n }, (_, i) => i));
    }),
    { numRuns: 40 },
  );
});

test('streams with neighboring keys have nothing in common', () => {
  // Among 2,000 streams' first words, about 2000² / 2³³ pairs agree by chance: none is expected.
  const first = new Set<number>();
  for (let shard = 0; shard < 20; shard++) {
    for (let k = 0; k < 100; k++) first.add(new RandomStream(1, 'act', shard, k).uint32());
  }
  expect(first.size).toBe(2000);
});
