import { expF32, logF32, softplusF32, tanhF32 } from '../../base/math/index.js';
import type { BoundedRows, StdCurve } from '../laws.js';
import { joinStripes, STRIPES } from './stripes.js';

const { fround } = Math;
const HALF_LOG_TWO_PI = fround(0.9189385332046727);
const ENTROPY_AT_ONE = fround(1.4189385332046727);

/** The bounds of one element of a row, and the ways into them and back. */
class Place {
  /** Of the action unsquashed last: the logarithm of the slope. Of the number differentiated last: the slope, and the derivative of its
   *  logarithm. */
  logSlope = 0;
  slope = 1;
  dLogSlope = 0;
  private low = 0;
  private high = 0;
  private lowest = 0;
  private highest = 0;

  /** Whether there is anything to decide. */
  load(bounds: Float32Array, at: number, A: number): boolean {
    this.low = bounds[at];
    this.high = bounds[at + A];
    this.lowest = bounds[at + 2 * A];
    this.highest = bounds[at + 3 * A];
    return this.low < this.lowest;
  }

  squash(u: number): number {
    const { low, high } = this;
    if (low > -Infinity && high < Infinity) {
      const size = Math.abs(u);
      const e = expF32(-fround(size + size));
      const way = fround(this.half * fround(fround(e + e) / fround(1 + e)));
      return this.hold(u < 0 ? fround(low + way) : fround(high - way));
    }
    if (low > -Infinity) return this.hold(fround(low + softplusF32(u)));
    if (high < Infinity) return this.hold(fround(high - softplusF32(u)));
    return this.hold(u);
  }

  unsquash(given: number): number {
    const { low, high } = this;
    const action = this.hold(given);
    const fromLow = fround(action - low);
    const fromHigh = fround(high - action);
    this.logSlope = 0;
    if (low > -Infinity && high < Infinity) {
      this.logSlope = logF32(fround(fround(fromLow / this.half) * fromHigh));
      return fround(0.5 * logF32(fround(fromLow / fromHigh)));
    }
    if (!(low > -Infinity || high < Infinity)) return action;
    // 1 − e^(−d) as 2t/(1 + t), t = tanh (d/2), keeps its bits where d is small.
    const distance = low > -Infinity ? fromLow : fromHigh;
    const t = tanhF32(fround(distance * 0.5));
    this.logSlope = logF32(fround(fround(t + t) / fround(1 + t)));
    return fround(distance + this.logSlope);
  }

  differentiate(u: number): void {
    const { low, high } = this;
    const size = Math.abs(u);
    if (low > -Infinity && high < Infinity) {
      const e = expF32(-fround(size + size));
      const sum = fround(1 + e);
      const y = fround(fround(1 - e) / sum);
      this.slope = fround(this.half * fround(fround(fround(e + e) / sum) * fround(2 / sum)));
      this.dLogSlope = fround(-2 * (u < 0 ? -y : y));
    } else if (low > -Infinity || high < Infinity) {
      const e = expF32(-size);
      const sum = fround(1 + e);
      const [near, far] = [fround(1 / sum), fround(e / sum)];
      const share = u < 0 ? far : near;
      this.slope = low > -Infinity ? share : -share;
      this.dLogSlope = u < 0 ? near : far;
    } else {
      this.slope = 1;
      this.dLogSlope = 0;
    }
  }

  private get half(): number {
    return fround(fround(this.high * 0.5) - fround(this.low * 0.5));
  }

  /** A NaN stays. */
  private hold(action: number): number {
    const raised = action < this.lowest ? this.lowest : action;
    return this.highest < raised ? this.highest : raised;
  }
}

/** See `Kernels.networkStd`. */
export function networkStd(
  outputs: Float32Array,
  logStd: Float32Array,
  slopes: Float32Array,
  B: number,
  A: number,
  curve: StdCurve,
): void {
  const [middle, half, start, scale] = [curve.middle, curve.half, curve.start, curve.scale].map(fround);
  const steepest = fround(half * scale);
  for (let b = 0; b < B; b++) {
    for (let j = 0; j < A; j++) {
      const y = tanhF32(fround(start + fround(outputs[(2 * b + 1) * A + j] * scale)));
      logStd[b * A + j] = fround(middle + fround(half * y));
      slopes[b * A + j] = fround(steepest * fround(fround(1 - y) * fround(1 + y)));
    }
  }
}

/** See `Kernels.boundedSample`. */
export function boundedSample(
  outputs: Float32Array,
  logStd: Float32Array,
  noise: Float32Array | null,
  bounds: Float32Array,
  actions: Float32Array,
  B: number,
  { size: A, byNetwork, observed }: BoundedRows,
): void {
  const place = new Place();
  const row = byNetwork ? 2 * A : A;
  for (let b = 0; b < B; b++) {
    for (let j = 0; j < A; j++) {
      const k = b * A + j;
      const mean = outputs[b * row + j];
      place.load(bounds, observed ? 4 * A * b + j : j, A);
      const std = noise === null ? 0 : expF32(logStd[byNetwork ? k : j]);
      actions[k] = place.squash(noise === null ? mean : fround(mean + fround(std * noise[k])));
    }
  }
}

/** See `Kernels.boundedEvaluate`. */
export function boundedEvaluate(
  outputs: Float32Array,
  logStd: Float32Array,
  actions: Float32Array | null,
  bounds: Float32Array,
  logProbs: Float32Array | null,
  entropies: Float32Array | null,
  B: number,
  { size: A, byNetwork, observed }: BoundedRows,
): void {
  const place = new Place();
  const row = byNetwork ? 2 * A : A;
  for (let b = 0; b < B; b++) {
    let logProb = 0;
    let entropy = 0;
    for (let j = 0; j < A; j++) {
      const k = b * A + j;
      if (!place.load(bounds, observed ? 4 * A * b + j : j, A)) continue;
      const spread = logStd[byNetwork ? k : j];
      entropy = fround(entropy + fround(spread + ENTROPY_AT_ONE));
      if (actions === null) continue;
      const u = place.unsquash(actions[k]);
      const z = fround(fround(u - outputs[b * row + j]) * expF32(-spread));
      const own = fround(fround(-spread - HALF_LOG_TWO_PI) - fround(0.5 * fround(z * z)));
      logProb = fround(logProb + fround(own - place.logSlope));
    }
    if (logProbs !== null) logProbs[b] = logProb;
    if (entropies !== null) entropies[b] = entropy;
  }
}

/** See `Kernels.boundedBackward`. */
export function boundedBackward(
  outputs: Float32Array,
  logStd: Float32Array,
  slopes: Float32Array | null,
  actions: Float32Array,
  bounds: Float32Array,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
  dOutputs: Float32Array,
  dLogStd: Float32Array | null,
  B: number,
  { size: A, byNetwork, observed }: BoundedRows,
): void {
  const place = new Place();
  const row = byNetwork ? 2 * A : A;
  const parts = new Float32Array(STRIPES);
  for (let j = 0; j < A; j++) {
    parts.fill(0);
    for (let b = 0; b < B; b++) {
      const k = b * A + j;
      const live = place.load(bounds, observed ? 4 * A * b + j : j, A);
      const inverse = expF32(-logStd[byNetwork ? k : j]);
      const z = fround(fround(place.unsquash(actions[k]) - outputs[b * row + j]) * inverse);
      const term = fround(fround(dLogProbs[b] * fround(fround(z * z) - 1)) + dEntropies[b]);
      dOutputs[b * row + j] = live ? fround(dLogProbs[b] * fround(z * inverse)) : 0;
      if (slopes !== null) dOutputs[b * row + A + j] = live ? fround(term * slopes[k]) : 0;
      else parts[b % STRIPES] = fround(parts[b % STRIPES] + (live ? term : 0));
    }
    if (dLogStd !== null && slopes === null) dLogStd[j] = fround(dLogStd[j] + joinStripes(parts));
  }
}

/** See `Kernels.boundedPathwise`. */
export function boundedPathwise(
  outputs: Float32Array,
  logStd: Float32Array,
  slopes: Float32Array,
  noise: Float32Array,
  bounds: Float32Array,
  dActions: Float32Array,
  dLogProbs: Float32Array,
  dOutputs: Float32Array,
  B: number,
  { size: A, observed }: BoundedRows,
): void {
  const place = new Place();
  for (let b = 0; b < B; b++) {
    const g = dLogProbs[b];
    for (let j = 0; j < A; j++) {
      const k = b * A + j;
      const at = 2 * A * b + j;
      const live = place.load(bounds, observed ? 4 * A * b + j : j, A);
      const shift = fround(expF32(logStd[k]) * noise[k]);
      place.differentiate(fround(outputs[at] + shift));
      const dU = fround(fround(dActions[k] * place.slope) - fround(g * place.dLogSlope));
      dOutputs[at] = live ? dU : 0;
      dOutputs[at + A] = live ? fround(fround(fround(dU * shift) - g) * slopes[k]) : 0;
    }
  }
}
