import { expF32 } from '../../base/math/index.js';
import { joinStripes, STRIPES } from './stripes.js';

const { fround } = Math;
const HALF_LOG_TWO_PI = 0.9189385332046727;

/** actions = mean + exp(log σ)·noise, and their log-probabilities. */
export function gaussianSample(
  means: Float32Array,
  logStd: Float32Array,
  noise: Float32Array,
  actions: Float32Array,
  logProbs: Float32Array,
  B: number,
  A: number,
): void {
  for (let j = 0; j < A; j++) {
    const std = expF32(logStd[j]);
    for (let k = j; k < B * A; k += A) actions[k] = fround(means[k] + fround(std * noise[k]));
  }
  gaussianLogProb(means, logStd, actions, logProbs, B, A);
}

/** ((−Σ_j log σ_j) − ⌊A·½ log 2π⌉) − ½·Σ_j z_j², z_j = (a_j − μ_j)·exp(−log σ_j); both sums from +0, j ascending. */
export function gaussianLogProb(
  means: Float32Array,
  logStd: Float32Array,
  actions: Float32Array,
  logProbs: Float32Array,
  B: number,
  A: number,
): void {
  let sum = 0;
  for (let j = 0; j < A; j++) sum = fround(sum + logStd[j]);
  const atMean = fround(-sum - fround(A * HALF_LOG_TWO_PI));
  for (let b = 0; b < B; b++) logProbs[b] = 0;
  for (let j = 0; j < A; j++) {
    const inverse = expF32(-logStd[j]);
    for (let b = 0, k = j; b < B; b++, k += A) {
      const z = fround(fround(actions[k] - means[k]) * inverse);
      logProbs[b] = fround(logProbs[b] + fround(z * z));
    }
  }
  for (let b = 0; b < B; b++) logProbs[b] = fround(atMean - fround(0.5 * logProbs[b]));
}

/** dMean = g·(z·exp(−log σ));  dLogStd_j = dLogStd_j + Σ_b (g·(z² − 1) + h), the sum in stripes of rows. */
export function gaussianBackward(
  means: Float32Array,
  logStd: Float32Array,
  actions: Float32Array,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
  dMeans: Float32Array,
  dLogStd: Float32Array,
  B: number,
  A: number,
): void {
  const parts = new Float32Array(STRIPES);
  for (let j = 0; j < A; j++) {
    const inverse = expF32(-logStd[j]);
    parts.fill(0);
    for (let b = 0, k = j; b < B; b++, k += A) {
      const g = dLogProbs[b];
      const z = fround(fround(actions[k] - means[k]) * inverse);
      dMeans[k] = fround(g * fround(z * inverse));
      const term = fround(fround(g * fround(fround(z * z) - 1)) + dEntropies[b]);
      parts[b % STRIPES] = fround(parts[b % STRIPES] + term);
    }
    dLogStd[j] = fround(dLogStd[j] + joinStripes(parts));
  }
}
