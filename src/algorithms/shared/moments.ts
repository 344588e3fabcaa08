import type { F32, I32, Kernels } from '../../kernels/index.js';

/** Mean and sample standard deviation (n − 1) of values[rows[0 … count − 1]], or of the first `count` values where rows is null; in
 *  float64 stripes. The deviation of fewer than two is NaN. */
export function moments(
  kernels: Kernels,
  values: F32,
  rows: I32 | null,
  count: number,
): { readonly mean: number; readonly deviation: number } {
  const mean = (rows === null ? kernels.sum(values, count) : kernels.sumRows(values, rows, count)) / count;
  return { mean, deviation: Math.sqrt(kernels.squaresAround(values, rows, count, mean) / (count - 1)) };
}
