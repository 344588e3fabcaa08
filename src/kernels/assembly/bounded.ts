/** Gaussians brought into bounds that may be on either side, both or none, and a row's own: outputs [B, row], of which the first A are the
 *  means; log σ [B, A], or [A] where its row is 0; bounds [B, 4, A], or [4, A] where theirs is 0. Lanes go over rows, strides are in
 *  floats. */
import { add, column, constant, loadRows, multiply, storeColumn, storeRows, subtract } from './lanes';
import { exp4, log4, softplusFrom4, tanh4 } from './math';
import { ENTROPY_AT_ONE, HALF_LOG_TWO_PI } from './normals';
import { joinStripes, laneMask, STRIPE_BYTES } from './stripes';

/** Of an element, one number a row, or one for all where the stride is 0. */
@inline
function given(from: usize, stride: usize, left: i32): v128 {
  return stride == 0 ? v128.load32_splat(from) : column(from, stride, left);
}

@inline
function hasLow(low: v128): v128 {
  return f32x4.gt(low, constant(-Infinity));
}

@inline
function hasHigh(high: v128): v128 {
  return f32x4.lt(high, constant(Infinity));
}

@inline
function halfWidth(low: v128, high: v128): v128 {
  return subtract(multiply(high, constant(0.5)), multiply(low, constant(0.5)));
}

/** A NaN stays. */
@inline
function hold(action: v128, lowest: v128, highest: v128): v128 {
  return f32x4.pmin(f32x4.pmax(action, lowest), highest);
}

/** exp(−|u|), or exp(−2|u|) between two bounds. */
@inline
function fallOf(u: v128, pair: v128): v128 {
  const size = f32x4.abs(u);
  return exp4(f32x4.neg(v128.bitselect(add(size, size), size, pair)));
}

/** The distance that counts beside a single bound. */
@inline
function distanceOf(fromLow: v128, fromHigh: v128, low: v128): v128 {
  return v128.bitselect(fromLow, fromHigh, hasLow(low));
}

/** What one call of `unsquash` has beside u. */
let logSlope = constant(0);

/** u of an action; leaves `logSlope`. */
@inline
function unsquash(action: v128, low: v128, high: v128, pair: v128, single: v128): v128 {
  const fromLow = subtract(action, low);
  const fromHigh = subtract(high, action);
  const distance = distanceOf(fromLow, fromHigh, low);
  const t = tanh4(multiply(distance, constant(0.5)));
  const over = v128.bitselect(fromLow, add(t, t), pair);
  const first = log4(f32x4.div(over, v128.bitselect(fromHigh, add(constant(1), t), pair)));
  const second = log4(multiply(f32x4.div(fromLow, halfWidth(low, high)), fromHigh));
  logSlope = v128.bitselect(second, v128.and(first, single), pair);
  const beside = v128.bitselect(add(distance, first), action, single);
  return v128.bitselect(multiply(constant(0.5), first), beside, pair);
}

/** See `Kernels.networkStd`. */
export function networkStd(
  outputs: usize,
  logStd: usize,
  slopes: usize,
  B: i32,
  A: i32,
  middle: f32,
  half: f32,
  start: f32,
  scale: f32,
): void {
  const step = <usize>A << 2;
  const steepest = constant(half * scale);
  for (let j: usize = 0; j < step; j += 4) {
    for (let b = 0; b < B; b += 4) {
      const left = B - b;
      const k = <usize>b * step + j;
      const x = column(outputs + 2 * <usize>b * step + step + j, 2 * step, left);
      const y = tanh4(add(constant(start), multiply(x, constant(scale))));
      storeColumn(logStd + k, add(constant(middle), multiply(constant(half), y)), step, left);
      const slope = multiply(subtract(constant(1), y), add(constant(1), y));
      storeColumn(slopes + k, multiply(steepest, slope), step, left);
    }
  }
}

/** See `Kernels.boundedSample`; without noise (0) it is the squashed means. */
export function boundedSample(
  outputs: usize,
  logStd: usize,
  noise: usize,
  bounds: usize,
  actions: usize,
  B: i32,
  A: i32,
  row: i32,
  stdRow: i32,
  boundRow: i32,
): void {
  const step = <usize>A << 2;
  const outputStep = <usize>row << 2;
  const stdStep = <usize>stdRow << 2;
  const boundStep = <usize>boundRow << 2;
  for (let j: usize = 0; j < step; j += 4) {
    for (let b = 0; b < B; b += 4) {
      const left = B - b;
      const k = <usize>b * step + j;
      const own = bounds + <usize>b * boundStep + j;
      const low = given(own, boundStep, left);
      const high = given(own + step, boundStep, left);
      const pair = v128.and(hasLow(low), hasHigh(high));
      const single = v128.xor(hasLow(low), hasHigh(high));
      let u = column(outputs + <usize>b * outputStep + j, outputStep, left);
      if (noise != 0) {
        const std = exp4(given(logStd + <usize>b * stdStep + j, stdStep, left));
        u = add(u, multiply(std, column(noise + k, step, left)));
      }
      const e = fallOf(u, pair);
      const way = multiply(halfWidth(low, high), f32x4.div(add(e, e), add(constant(1), e)));
      const between = v128.bitselect(add(low, way), subtract(high, way), f32x4.lt(u, constant(0)));
      const beside = softplusFrom4(u, e);
      const alone = v128.bitselect(add(low, beside), subtract(high, beside), hasLow(low));
      const action = v128.bitselect(between, v128.bitselect(alone, u, single), pair);
      const lowest = given(own + 2 * step, boundStep, left);
      storeColumn(actions + k, hold(action, lowest, given(own + 3 * step, boundStep, left)), step, left);
    }
  }
}

/** See `Kernels.boundedEvaluate`; what is not wanted is 0. */
export function boundedEvaluate(
  outputs: usize,
  logStd: usize,
  actions: usize,
  bounds: usize,
  logProbs: usize,
  entropies: usize,
  B: i32,
  A: i32,
  row: i32,
  stdRow: i32,
  boundRow: i32,
): void {
  const step = <usize>A << 2;
  const outputStep = <usize>row << 2;
  const stdStep = <usize>stdRow << 2;
  const boundStep = <usize>boundRow << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    let logProb = constant(0);
    let entropy = constant(0);
    for (let j: usize = 0; j < step; j += 4) {
      const own = bounds + <usize>b * boundStep + j;
      const low = given(own, boundStep, left);
      const lowest = given(own + 2 * step, boundStep, left);
      const live = f32x4.lt(low, lowest);
      const spread = given(logStd + <usize>b * stdStep + j, stdStep, left);
      entropy = add(entropy, v128.and(add(spread, constant(ENTROPY_AT_ONE)), live));
      if (actions == 0) continue;
      const high = given(own + step, boundStep, left);
      const pair = v128.and(hasLow(low), hasHigh(high));
      const single = v128.xor(hasLow(low), hasHigh(high));
      const highest = given(own + 3 * step, boundStep, left);
      const action = hold(column(actions + <usize>b * step + j, step, left), lowest, highest);
      const u = unsquash(action, low, high, pair, single);
      const mean = column(outputs + <usize>b * outputStep + j, outputStep, left);
      const z = multiply(subtract(u, mean), exp4(f32x4.neg(spread)));
      const atMean = subtract(f32x4.neg(spread), constant(HALF_LOG_TWO_PI));
      const term = subtract(atMean, multiply(constant(0.5), multiply(z, z)));
      logProb = add(logProb, v128.and(subtract(term, logSlope), live));
    }
    if (actions != 0) storeRows(logProbs + (<usize>b << 2), logProb, left);
    if (entropies != 0) storeRows(entropies + (<usize>b << 2), entropy, left);
  }
}

/** See `Kernels.boundedBackward`; without slopes (0) sums over rows are added to dLogStd, in stripes, which lie in scratch: 16·A floats. */
export function boundedBackward(
  outputs: usize,
  logStd: usize,
  slopes: usize,
  actions: usize,
  bounds: usize,
  dLogProbs: usize,
  dEntropies: usize,
  dOutputs: usize,
  dLogStd: usize,
  B: i32,
  A: i32,
  row: i32,
  stdRow: i32,
  boundRow: i32,
  scratch: usize,
): void {
  const step = <usize>A << 2;
  const outputStep = <usize>row << 2;
  const stdStep = <usize>stdRow << 2;
  const boundStep = <usize>boundRow << 2;
  if (slopes == 0) memory.fill(scratch, 0, <usize>A * STRIPE_BYTES);
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const g = loadRows(dLogProbs + (<usize>b << 2), left);
    const h = loadRows(dEntropies + (<usize>b << 2), left);
    let part = scratch + ((<usize>b << 2) & (STRIPE_BYTES - 1));
    for (let j: usize = 0; j < step; j += 4) {
      const k = <usize>b * step + j;
      const at = <usize>b * outputStep + j;
      const own = bounds + <usize>b * boundStep + j;
      const low = given(own, boundStep, left);
      const high = given(own + step, boundStep, left);
      const lowest = given(own + 2 * step, boundStep, left);
      const pair = v128.and(hasLow(low), hasHigh(high));
      const single = v128.xor(hasLow(low), hasHigh(high));
      const live = f32x4.lt(low, lowest);
      const action = hold(column(actions + k, step, left), lowest, given(own + 3 * step, boundStep, left));
      const u = unsquash(action, low, high, pair, single);
      const inverse = exp4(f32x4.neg(given(logStd + <usize>b * stdStep + j, stdStep, left)));
      const z = multiply(subtract(u, column(outputs + at, outputStep, left)), inverse);
      const term = add(multiply(g, subtract(multiply(z, z), constant(1))), h);
      storeColumn(dOutputs + at, v128.and(multiply(g, multiply(z, inverse)), live), outputStep, left);
      if (slopes != 0) {
        const dOutput = v128.and(multiply(term, column(slopes + k, step, left)), live);
        storeColumn(dOutputs + at + step, dOutput, outputStep, left);
      } else {
        const counted = v128.and(term, left < 4 ? v128.and(live, laneMask(left)) : live);
        v128.store(part, add(v128.load(part), counted));
        part += STRIPE_BYTES;
      }
    }
  }
  if (slopes != 0) return;
  for (let j = 0; j < A; j++) {
    const to = dLogStd + (<usize>j << 2);
    store<f32>(to, load<f32>(to) + joinStripes(scratch + <usize>j * STRIPE_BYTES));
  }
}

/** See `Kernels.boundedPathwise`. */
export function boundedPathwise(
  outputs: usize,
  logStd: usize,
  slopes: usize,
  noise: usize,
  bounds: usize,
  dActions: usize,
  dLogProbs: usize,
  dOutputs: usize,
  B: i32,
  A: i32,
  boundRow: i32,
): void {
  const step = <usize>A << 2;
  const outputStep = step + step;
  const boundStep = <usize>boundRow << 2;
  const one = constant(1);
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const g = loadRows(dLogProbs + (<usize>b << 2), left);
    for (let j: usize = 0; j < step; j += 4) {
      const k = <usize>b * step + j;
      const at = <usize>b * outputStep + j;
      const own = bounds + <usize>b * boundStep + j;
      const low = given(own, boundStep, left);
      const high = given(own + step, boundStep, left);
      const pair = v128.and(hasLow(low), hasHigh(high));
      const single = v128.xor(hasLow(low), hasHigh(high));
      const live = f32x4.lt(low, given(own + 2 * step, boundStep, left));
      const shift = multiply(exp4(column(logStd + k, step, left)), column(noise + k, step, left));
      const u = add(column(outputs + at, outputStep, left), shift);
      const below = f32x4.lt(u, constant(0));
      const e = fallOf(u, pair);
      const sum = add(one, e);
      const y = f32x4.div(subtract(one, e), sum);
      const steep = multiply(
        halfWidth(low, high),
        multiply(f32x4.div(add(e, e), sum), f32x4.div(constant(2), sum)),
      );
      const near = f32x4.div(one, sum);
      const far = f32x4.div(e, sum);
      const share = v128.bitselect(far, near, below);
      const alone = v128.bitselect(share, f32x4.neg(share), hasLow(low));
      const slope = v128.bitselect(steep, v128.bitselect(alone, one, single), pair);
      const ofPair = multiply(constant(-2), v128.bitselect(f32x4.neg(y), y, below));
      const dLogSlope = v128.bitselect(ofPair, v128.and(v128.bitselect(near, far, below), single), pair);
      const dU = subtract(multiply(column(dActions + k, step, left), slope), multiply(g, dLogSlope));
      storeColumn(dOutputs + at, v128.and(dU, live), outputStep, left);
      const dSpread = multiply(subtract(multiply(dU, shift), g), column(slopes + k, step, left));
      storeColumn(dOutputs + at + step, v128.and(dSpread, live), outputStep, left);
    }
  }
}
