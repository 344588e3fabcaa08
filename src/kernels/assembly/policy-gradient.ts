/** The loss of a policy gradient in one pass, of a block of rows with its gradients; lanes go over rows. */
import { constant, loadRows, storeRows } from './lanes';
import { exp4 } from './math';
import { addTo, gather } from './objectives';
import { joinStripes, STRIPE_BYTES } from './stripes';

/** See `Kernels.weightedObjective`; a bound below 0 is none. scratch: the stripes of two sums. */
export function weightedObjective(
  logProbs: usize,
  behaviorLogProbs: usize,
  values: usize,
  samples: usize,
  advantages: usize,
  valueTargets: usize,
  weights: usize,
  dLogProbs: usize,
  dValues: usize,
  sums: usize,
  B: i32,
  mean: f32,
  scale: f32,
  ratioBound: f32,
  lossScale: f32,
  valueScale: f32,
  scratch: usize,
): void {
  memory.fill(scratch, 0, 2 * STRIPE_BYTES);
  for (let b = 0; b < B; b += 4) {
    const at = <usize>b << 2;
    const left = B - b;
    const rows = samples + at;
    const part = scratch + (at & (STRIPE_BYTES - 1));
    const logProb = loadRows(logProbs + at, left);
    let advantage = f32x4.mul(f32x4.sub(gather(advantages, rows, left), constant(mean)), constant(scale));
    if (weights != 0) advantage = v128.and(advantage, f32x4.ne(gather(weights, rows, left), constant(0)));
    let free = f32x4.neg(advantage);
    if (ratioBound >= 0) {
      const ratio = exp4(f32x4.sub(logProb, loadRows(behaviorLogProbs + at, left)));
      free = f32x4.mul(free, f32x4.pmin(ratio, constant(ratioBound)));
    }
    storeRows(dLogProbs + at, f32x4.mul(free, constant(lossScale)), left);
    addTo(part, f32x4.mul(free, logProb), left);
    const error = f32x4.sub(loadRows(values + at, left), gather(valueTargets, rows, left));
    storeRows(dValues + at, f32x4.mul(error, constant(valueScale)), left);
    addTo(part + STRIPE_BYTES, f32x4.mul(constant(0.5), f32x4.mul(error, error)), left);
  }
  store<f32>(sums, joinStripes(scratch));
  store<f32>(sums, joinStripes(scratch + STRIPE_BYTES), 4);
}
