/** Sample standard deviation (n − 1) of values[order[start … start + count − 1]] around their mean. */
export function standardDeviation(
  values: Float32Array,
  order: Int32Array,
  start: number,
  count: number,
  mean: number,
): number {
  let sum = 0;
  for (let j = start; j < start + count; j++) {
    const deviation = values[order[j]!]! - mean;
    sum += deviation * deviation;
  }
  return Math.sqrt(sum / (count - 1));
}
