/** Losses of a block of rows with their gradients; lanes go over rows. */
import { loadRows, storeRows } from './lanes';
import { exp4 } from './math';
import { joinStripes, laneMask, STRIPE_BYTES } from './stripes';

/** from[rows[0 … 3]], of the first `left` rows where there are fewer; the other lanes are 0. */
@inline
export function gather(from: usize, rows: usize, left: i32): v128 {
  let x = v128.load32_zero(from + (<usize>load<u32>(rows) << 2));
  if (left > 1) x = v128.load32_lane(from + (<usize>load<u32>(rows, 4) << 2), x, 1);
  if (left > 2) x = v128.load32_lane(from + (<usize>load<u32>(rows, 8) << 2), x, 2);
  if (left > 3) x = v128.load32_lane(from + (<usize>load<u32>(rows, 12) << 2), x, 3);
  return x;
}

@inline
export function addTo(part: usize, x: v128, left: i32): void {
  v128.store(part, f32x4.add(v128.load(part), left < 4 ? v128.and(x, laneMask(left)) : x));
}

/** One vector of rows of `clippedObjective`; a NaN is never clipped away. */
@inline
function clippedRows(
  at: usize,
  left: i32,
  logProbs: usize,
  behaviorLogProbs: usize,
  values: usize,
  samples: usize,
  advantages: usize,
  oldValues: usize,
  valueTargets: usize,
  weights: usize,
  dLogProbs: usize,
  dValues: usize,
  mean: f32,
  scale: f32,
  low: f32,
  high: f32,
  valueClip: f32,
  lossScale: f32,
  valueScale: f32,
  scratch: usize,
): void {
  const zero = f32x4.splat(0);
  const rows = samples + at;
  const part = scratch + (at & (STRIPE_BYTES - 1));
  const logRatio = f32x4.sub(loadRows(logProbs + at, left), loadRows(behaviorLogProbs + at, left));
  const ratio = exp4(logRatio);
  let advantage = f32x4.mul(f32x4.sub(gather(advantages, rows, left), f32x4.splat(mean)), f32x4.splat(scale));
  if (weights != 0) advantage = v128.and(advantage, f32x4.ne(gather(weights, rows, left), zero));
  const held = f32x4.mul(f32x4.neg(advantage), f32x4.pmin(f32x4.pmax(ratio, f32x4.splat(low)), f32x4.splat(high)));
  const free = f32x4.mul(f32x4.neg(advantage), ratio);
  const below = f32x4.lt(ratio, f32x4.splat(low));
  const above = f32x4.gt(ratio, f32x4.splat(high));
  const outside = v128.or(
    v128.and(f32x4.gt(advantage, zero), above),
    v128.and(f32x4.lt(advantage, zero), below),
  );
  storeRows(dLogProbs + at, v128.andnot(f32x4.mul(free, f32x4.splat(lossScale)), outside), left);
  addTo(part, f32x4.pmax(held, free), left);

  const value = loadRows(values + at, left);
  const old = gather(oldValues, rows, left);
  const target = gather(valueTargets, rows, left);
  const plain = f32x4.sub(value, target);
  const shift = f32x4.sub(value, old);
  const clip = f32x4.splat(valueClip);
  const clipped = f32x4.sub(f32x4.add(old, f32x4.pmin(f32x4.pmax(shift, f32x4.neg(clip)), clip)), target);
  const square = f32x4.mul(plain, plain);
  const clippedSquare = f32x4.mul(clipped, clipped);
  const dropped = v128.and(f32x4.gt(f32x4.abs(shift), clip), f32x4.lt(square, clippedSquare));
  storeRows(dValues + at, v128.andnot(f32x4.mul(plain, f32x4.splat(valueScale)), dropped), left);
  addTo(
    part + STRIPE_BYTES,
    f32x4.mul(f32x4.splat(0.5), v128.bitselect(clippedSquare, square, dropped)),
    left,
  );

  addTo(part + 2 * STRIPE_BYTES, f32x4.sub(f32x4.sub(ratio, f32x4.splat(1)), logRatio), left);
  addTo(part + 3 * STRIPE_BYTES, v128.and(v128.or(below, above), f32x4.splat(1)), left);
}

/** See `Kernels.clippedObjective`. scratch: the stripes of four sums. */
export function clippedObjective(
  logProbs: usize,
  behaviorLogProbs: usize,
  values: usize,
  samples: usize,
  advantages: usize,
  oldValues: usize,
  valueTargets: usize,
  weights: usize,
  dLogProbs: usize,
  dValues: usize,
  sums: usize,
  B: i32,
  mean: f32,
  scale: f32,
  low: f32,
  high: f32,
  valueClip: f32,
  lossScale: f32,
  valueScale: f32,
  scratch: usize,
): void {
  memory.fill(scratch, 0, 4 * STRIPE_BYTES);
  let b = 0;
  for (; b + 4 <= B; b += 4) {
    // prettier-ignore
    clippedRows(<usize>b << 2, 4, logProbs, behaviorLogProbs, values, samples, advantages, oldValues, valueTargets, weights, dLogProbs, dValues, mean, scale, low, high, valueClip, lossScale, valueScale, scratch);
  }
  if (b < B) {
    // prettier-ignore
    clippedRows(<usize>b << 2, B - b, logProbs, behaviorLogProbs, values, samples, advantages, oldValues, valueTargets, weights, dLogProbs, dValues, mean, scale, low, high, valueClip, lossScale, valueScale, scratch);
  }
  for (let s: usize = 0; s < 4; s++) store<f32>(sums + (s << 2), joinStripes(scratch + s * STRIPE_BYTES));
}
