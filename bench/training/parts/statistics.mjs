/** Median, extremes and number of some measurements. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1), repetitions: sorted.length };
}

/** Slope of the least-squares line through points (x, y), in units of y per unit of x. */
export function slope(xs, ys) {
  const meanX = mean(xs);
  const meanY = mean(ys);
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < xs.length; i++) {
    covariance += (xs[i] - meanX) * (ys[i] - meanY);
    variance += (xs[i] - meanX) ** 2;
  }
  return variance > 0 ? covariance / variance : 0;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
