/** Mean and sample standard deviation (n − 1) of some values, and how many they are. */
export interface Moments {
  count: number;
  mean: number;
  deviation: number;
}

/** Moments of values[order[start … start + count − 1]], of those that are active where `active` is given: u8[samples]. The deviation
 *  of fewer than two is NaN. */
export function moments(
  values: Float32Array,
  order: Int32Array,
  start: number,
  count: number,
  active: Uint8Array | null,
): Moments {
  let sum = 0;
  let among = 0;
  for (let j = start; j < start + count; j++) {
    const n = order[j]!;
    if (active !== null && active[n] === 0) continue;
    sum += values[n]!;
    among++;
  }
  const mean = sum / among;
  return { count: among, mean, deviation: deviationAround(mean, values, order, start, count, active, among) };
}

/** Sample standard deviation around a given mean. */
export function deviationAround(
  mean: number,
  values: Float32Array,
  order: Int32Array,
  start: number,
  count: number,
  active: Uint8Array | null,
  among: number,
): number {
  let sum = 0;
  for (let j = start; j < start + count; j++) {
    const n = order[j]!;
    if (active !== null && active[n] === 0) continue;
    const deviation = values[n]! - mean;
    sum += deviation * deviation;
  }
  return Math.sqrt(sum / (among - 1));
}
