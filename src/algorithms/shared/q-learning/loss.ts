/** ½ e² up to |e| = delta, delta (|e| − ½ delta) beyond. Source: Huber 1964, eq. 1.1. */
export function huberLoss(error: number, delta: number): number {
  const size = Math.abs(error);
  return size <= delta ? 0.5 * (error * error) : delta * (size - 0.5 * delta);
}

/** Its derivative: e within ±delta, ±delta beyond. */
export function huberGradient(error: number, delta: number): number {
  return error > delta ? delta : error < -delta ? -delta : error;
}
