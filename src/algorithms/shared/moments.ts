import type { F32, I32, Kernels } from '../../kernels/index.js';

/** Mean and sample standard deviation (n − 1) of some values, and how many they are. */
export interface Moments {
  count: number;
  mean: number;
  deviation: number;
}

/** Moments of values[rows[0 … count − 1]], or of the first `count` values where rows is null; in float64 stripes. The deviation of fewer
 *  than two is NaN. */
export function moments(kernels: Kernels, values: F32, rows: I32 | null, count: number): Moments {
  const mean = (rows === null ? kernels.sum(values, count) : kernels.sumRows(values, rows, count)) / count;
  return { count, mean, deviation: Math.sqrt(kernels.squaresAround(values, rows, count, mean) / (count - 1)) };
}

/** The same of those rows that are active: u8[samples]. Overwrites `chosen`, which has room for `count`. */
export function activeMoments(
  kernels: Kernels,
  values: F32,
  rows: I32 | null,
  count: number,
  active: Uint8Array,
  chosen: I32,
): Moments {
  let among = 0;
  for (let j = 0; j < count; j++) {
    const n = rows === null ? j : rows[j]!;
    if (active[n] !== 0) chosen[among++] = n;
  }
  return moments(kernels, values, chosen, among);
}
