/** Share of the targets' variance that the values explain: 1 − Var(target − value) / Var(target); 0 where the targets do not vary. */
export function explainedVariance(values: Float32Array, targets: Float32Array, count: number): number {
  let targetSum = 0;
  let errorSum = 0;
  for (let n = 0; n < count; n++) {
    targetSum += targets[n]!;
    errorSum += targets[n]! - values[n]!;
  }
  const targetMean = targetSum / count;
  const errorMean = errorSum / count;
  let targetSquares = 0;
  let errorSquares = 0;
  for (let n = 0; n < count; n++) {
    const target = targets[n]! - targetMean;
    const error = targets[n]! - values[n]! - errorMean;
    targetSquares += target * target;
    errorSquares += error * error;
  }
  return targetSquares > 0 ? 1 - errorSquares / targetSquares : 0;
}
