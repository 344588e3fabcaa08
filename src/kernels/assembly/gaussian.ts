/** Diagonal Gaussians with one log σ per action element: means and actions [B, A]. Lanes go over rows where there is one element;
 *  more are taken one by one. scratch: A floats 1/σ, then 16·A of stripes. */
import { loadRows, storeRows } from './lanes';
import { exp4 } from './math';
import { joinStripes, laneMask, STRIPE_BYTES, STRIPES } from './stripes';

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
  if (A == 1) {
    const std = f32x4.splat(exponential(load<f32>(logStd)));
    for (let b = 0; b < B; b += 4) {
      const at = <usize>b << 2;
      const left = B - b;
      storeRows(actions + at, f32x4.add(loadRows(means + at, left), f32x4.mul(std, loadRows(noise + at, left))), left);
    }
  } else {
    const step = <usize>A << 2;
    const end = <usize>B * step;
    for (let j: usize = 0; j < step; j += 4) {
      const std = exponential(load<f32>(logStd + j));
      for (let k = j; k < end; k += step) {
        store<f32>(actions + k, load<f32>(means + k) + std * load<f32>(noise + k));
      }
    }
  }
  gaussianLogProb(means, logStd, actions, logProbs, B, A, scratch);
}

/** ((−Σ log σ) − ⌊A·½ log 2π⌉) − ½·Σ z². */
export function gaussianLogProb(
  means: usize,
  logStd: usize,
  actions: usize,
  logProbs: usize,
  B: i32,
  A: i32,
  scratch: usize,
): void {
  let sum: f32 = 0;
  for (let j = 0; j < A; j++) sum += load<f32>(logStd + (j << 2));
  const atMean = -sum - <f32>(<f64>A * HALF_LOG_TWO_PI);
  loadInverses(logStd, scratch, A);
  if (A == 1) {
    const inverse = v128.load32_splat(scratch);
    for (let b = 0; b < B; b += 4) {
      const at = <usize>b << 2;
      const left = B - b;
      const z = f32x4.mul(f32x4.sub(loadRows(actions + at, left), loadRows(means + at, left)), inverse);
      const squares = f32x4.mul(z, z);
      storeRows(logProbs + at, f32x4.sub(f32x4.splat(atMean), f32x4.mul(f32x4.splat(0.5), squares)), left);
    }
    return;
  }
  for (let b = 0; b < B; b++) {
    let squares: f32 = 0;
    for (let j = 0; j < A; j++) {
      const z = (load<f32>(actions) - load<f32>(means)) * load<f32>(scratch + (j << 2));
      squares += z * z;
      actions += 4;
      means += 4;
    }
    store<f32>(logProbs + (b << 2), atMean - <f32>0.5 * squares);
  }
}

/** dMean = g·(z/σ); dLogStd += Σ_b g·(z² − 1) + h, in stripes. */
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
  loadInverses(logStd, scratch, A);
  const parts = scratch + (<usize>A << 2);
  memory.fill(parts, 0, <usize>A * STRIPE_BYTES);
  if (A == 1) {
    const inverse = v128.load32_splat(scratch);
    const one = f32x4.splat(1);
    for (let b = 0; b < B; b += 4) {
      const at = <usize>b << 2;
      const left = B - b;
      const g = loadRows(dLogProbs + at, left);
      const z = f32x4.mul(f32x4.sub(loadRows(actions + at, left), loadRows(means + at, left)), inverse);
      storeRows(dMeans + at, f32x4.mul(g, f32x4.mul(z, inverse)), left);
      const term = f32x4.add(f32x4.mul(g, f32x4.sub(f32x4.mul(z, z), one)), loadRows(dEntropies + at, left));
      const part = parts + (at & (STRIPE_BYTES - 1));
      v128.store(part, f32x4.add(v128.load(part), left < 4 ? v128.and(term, laneMask(left)) : term));
    }
  } else {
    for (let b = 0; b < B; b++) {
      const g = load<f32>(dLogProbs + (b << 2));
      const h = load<f32>(dEntropies + (b << 2));
      let part = parts + (<usize>(b & (STRIPES - 1)) << 2);
      for (let j = 0; j < A; j++) {
        const inverse = load<f32>(scratch + (j << 2));
        const z = (load<f32>(actions) - load<f32>(means)) * inverse;
        store<f32>(dMeans, g * (z * inverse));
        store<f32>(part, load<f32>(part) + (g * (z * z - 1) + h));
        part += STRIPE_BYTES;
        actions += 4;
        means += 4;
        dMeans += 4;
      }
    }
  }
  for (let j = 0; j < A; j++) {
    const to = dLogStd + (j << 2);
    store<f32>(to, load<f32>(to) + joinStripes(parts + <usize>j * STRIPE_BYTES));
  }
}
