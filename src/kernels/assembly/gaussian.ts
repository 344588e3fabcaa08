/** Diagonal Gaussians with one log σ per action element: means and actions [B, A]. Lanes go over rows: where there is one element they
 *  lie side by side, and A is a constant of its own loops. scratch: A floats 1/σ, then 16·A of stripes. */
import { column, constant, loadRows, storeColumn, storeRows } from './lanes';
import { exp4 } from './math';
import { joinStripes, laneMask, STRIPE_BYTES } from './stripes';

const HALF_LOG_TWO_PI: f64 = 0.9189385332046727;

@inline
function exponential(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** Writes 1/σ of each element to scratch. */
function loadInverses(logStd: usize, scratch: usize, A: i32): void {
  for (let j = 0; j < A; j++) store<f32>(scratch + (j << 2), exponential(-load<f32>(logStd + (j << 2))));
}

/** actions = mean + σ·noise, and their log-probabilities. */
@inline
function gaussianSampleOf(
  means: usize,
  logStd: usize,
  noise: usize,
  actions: usize,
  logProbs: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  const step = <usize>A << 2;
  for (let j: usize = 0; j < step; j += 4) {
    const std = constant(exponential(load<f32>(logStd + j)));
    for (let b = 0; b < B; b += 4) {
      const left = B - b;
      const k = <usize>b * step + j;
      const spread = f32x4.mul(std, column(noise + k, step, left));
      storeColumn(actions + k, f32x4.add(column(means + k, step, left), spread), step, left);
    }
  }
  gaussianLogProbOf(means, logStd, actions, logProbs, B, A, scratch);
}

/** ((−Σ log σ) − ⌊A·½ log 2π⌉) − ½·Σ z². */
@inline
function gaussianLogProbOf(
  means: usize,
  logStd: usize,
  actions: usize,
  logProbs: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  const step = <usize>A << 2;
  let sum: f32 = 0;
  for (let j: usize = 0; j < step; j += 4) sum += load<f32>(logStd + j);
  const atMean = constant(-sum - <f32>(<f64>A * HALF_LOG_TWO_PI));
  loadInverses(logStd, scratch, A);
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const row = <usize>b * step;
    let squares = constant(0);
    for (let j: usize = 0; j < step; j += 4) {
      const off = f32x4.sub(column(actions + row + j, step, left), column(means + row + j, step, left));
      const z = f32x4.mul(off, v128.load32_splat(scratch + j));
      squares = f32x4.add(squares, f32x4.mul(z, z));
    }
    storeRows(logProbs + (<usize>b << 2), f32x4.sub(atMean, f32x4.mul(constant(0.5), squares)), left);
  }
}

/** dMean = g·(z/σ); dLogStd += Σ_b g·(z² − 1) + h, in stripes. */
@inline
function gaussianBackwardOf(
  means: usize,
  logStd: usize,
  actions: usize,
  dLogProbs: usize,
  dEntropies: usize,
  dMeans: usize,
  dLogStd: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  const step = <usize>A << 2;
  loadInverses(logStd, scratch, A);
  const parts = scratch + step;
  memory.fill(parts, 0, <usize>A * STRIPE_BYTES);
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const row = <usize>b * step;
    const g = loadRows(dLogProbs + (<usize>b << 2), left);
    const h = loadRows(dEntropies + (<usize>b << 2), left);
    let part = parts + ((<usize>b << 2) & (STRIPE_BYTES - 1));
    for (let j: usize = 0; j < step; j += 4) {
      const k = row + j;
      const inverse = v128.load32_splat(scratch + j);
      const z = f32x4.mul(f32x4.sub(column(actions + k, step, left), column(means + k, step, left)), inverse);
      storeColumn(dMeans + k, f32x4.mul(g, f32x4.mul(z, inverse)), step, left);
      const term = f32x4.add(f32x4.mul(g, f32x4.sub(f32x4.mul(z, z), constant(1))), h);
      v128.store(part, f32x4.add(v128.load(part), left < 4 ? v128.and(term, laneMask(left)) : term));
      part += STRIPE_BYTES;
    }
  }
  for (let j = 0; j < A; j++) {
    const to = dLogStd + (j << 2);
    store<f32>(to, load<f32>(to) + joinStripes(parts + <usize>j * STRIPE_BYTES));
  }
}

export function gaussianSample(
  means: usize,
  logStd: usize,
  noise: usize,
  actions: usize,
  logProbs: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  if (A == 1) gaussianSampleOf(means, logStd, noise, actions, logProbs, B, 1, scratch);
  else gaussianSampleOf(means, logStd, noise, actions, logProbs, B, A, scratch);
}

export function gaussianLogProb(
  means: usize,
  logStd: usize,
  actions: usize,
  logProbs: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  if (A == 1) gaussianLogProbOf(means, logStd, actions, logProbs, B, 1, scratch);
  else gaussianLogProbOf(means, logStd, actions, logProbs, B, A, scratch);
}

export function gaussianBackward(
  means: usize,
  logStd: usize,
  actions: usize,
  dLogProbs: usize,
  dEntropies: usize,
  dMeans: usize,
  dLogStd: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  if (A == 1) gaussianBackwardOf(means, logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, B, 1, scratch);
  else gaussianBackwardOf(means, logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, B, A, scratch);
}
