import { describe, expect, test } from 'vitest';
import { InputStatistics } from '../../../src/algorithms/shared/input-statistics.js';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { NORMALIZATION } from '../../../src/networks/index.js';
import { place } from './learning.js';

const I = 3;
/** The network's own parameters, before mean and scale. */
const OWN = 4;
/** Where the network begins in the block. */
const OFFSET = 2;
const layout = [
  { name: 'weights', shape: [OWN], offset: 0 },
  { name: NORMALIZATION.mean, shape: [I], offset: OWN },
  { name: NORMALIZATION.scale, shape: [I], offset: OWN + I },
];

function begin() {
  const kernels = createPlainKernels();
  const statistics = new InputStatistics(kernels, 'inputs', layout, OFFSET);
  statistics.initialize();
  const parameters = place(kernels, [...new Array<number>(OFFSET + OWN).fill(7), 0, 0, 0, 1, 1, 1]);
  return { kernels, statistics, parameters };
}

/** Rows of inputs around 20, −3 and 0, of widths 5, 0.01 and 1, that drift from batch to batch. */
function batches(sizes: readonly number[]): number[][] {
  const random = new RandomStream(1, 'inputs');
  return sizes.map((rows, k) =>
    Array.from({ length: rows }, () => [
      20 + k + 5 * random.normal(),
      -3 + 0.01 * random.normal(),
      random.normal() * (1 + k),
    ]).flat(),
  );
}

/** Mean and variance (by n) of each input, of all rows at once. */
function naive(rows: readonly number[]) {
  return Array.from({ length: I }, (_, i) => {
    const column = Array.from(Float32Array.from(rows)).filter((_value, j) => j % I === i);
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    return { mean, variance: column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length };
  });
}

const near = (found: number, expected: number, relative: number) =>
  expect(Math.abs(found - expected)).toBeLessThan(relative * Math.abs(expected));

describe('statistics of inputs', () => {
  test.each([[[50]], [[1, 40]], [[30, 5, 200, 1, 64]]])('in batches of %j are those of all rows at once', (sizes) => {
    const { kernels, statistics, parameters } = begin();
    const seen: number[] = [];
    for (const rows of batches(sizes)) {
      statistics.observe(place(kernels, rows), rows.length / I, seen.length / I);
      seen.push(...rows);
    }
    statistics.tell(parameters);
    for (const [i, { mean, variance }] of naive(seen).entries()) {
      near(statistics.tensor.data[i]!, mean, 1e-4);
      near(statistics.tensor.data[I + i]!, variance, 1e-3);
      expect(parameters[OFFSET + OWN + i]).toBe(statistics.tensor.data[i]);
      near(parameters[OFFSET + OWN + I + i]!, 1 / Math.sqrt(variance), 1e-3);
    }
    // Nothing else of the block is touched.
    expect([...parameters.slice(0, OFFSET + OWN)]).toEqual(new Array<number>(OFFSET + OWN).fill(7));
  });

  test('of the first batch replace those that every network begins with', () => {
    const { kernels, statistics, parameters } = begin();
    statistics.adopt(parameters);
    expect([...statistics.tensor.data]).toEqual([0, 0, 0, 1, 1, 1]);
    statistics.observe(place(kernels, [1, 2, 3, 3, 2, 1]), 2, 0);
    expect([...statistics.tensor.data]).toEqual([2, 2, 2, 1, 0, 1]);
  });

  test('that weights of an earlier job bring along stay, and count as one batch', () => {
    const { kernels, statistics, parameters } = begin();
    parameters.set([4, 2, 0, 0.5, 1, 1], OFFSET + OWN);
    statistics.adopt(parameters);
    expect([...statistics.tensor.data]).toEqual([4, 2, 0, 4, 1, 1]);
    statistics.tell(parameters);
    expect([...parameters.slice(OFFSET + OWN)]).toEqual([4, 2, 0, 0.5, 1, 1]);
    // Means 2 and 4 are 1 off their middle, and so on.
    statistics.observe(place(kernels, [1, 2, 3, 3, 2, 1]), 2, 0);
    expect([...statistics.tensor.data]).toEqual([3, 2, 1, 2.5 + 1, 0.5, 1 + 1]);
  });

  test('an input that does not vary is moved to 0, and not blown up', () => {
    const { kernels, statistics, parameters } = begin();
    statistics.observe(place(kernels, [1, 5, 0, 3, 5, 1e-6]), 2, 0);
    statistics.tell(parameters);
    expect([...parameters.slice(OFFSET + OWN)]).toEqual([2, 5, Math.fround(5e-7), 1, 1, 1]);
  });

  test('leave the network as it is until something was observed', () => {
    const { statistics, parameters } = begin();
    statistics.tell(parameters);
    expect([...parameters.slice(OFFSET + OWN)]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('depend on what is in the tensor and the count, and on nothing else', () => {
    const [first, second] = [begin(), begin()];
    const [a, b] = batches([20, 30]) as [number[], number[]];
    first.statistics.observe(place(first.kernels, a), 20, 0);
    second.statistics.observe(place(second.kernels, b), 30, 0);
    second.statistics.tensor.data.set(first.statistics.tensor.data);
    for (const { statistics, kernels } of [first, second]) statistics.observe(place(kernels, b), 30, 20);
    expect([...second.statistics.tensor.data]).toEqual([...first.statistics.tensor.data]);
  });

  test('give their memory back', () => {
    const kernels = createPlainKernels();
    const before = kernels.allocatedBytes;
    new InputStatistics(kernels, 'inputs', layout, OFFSET).dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });
});
