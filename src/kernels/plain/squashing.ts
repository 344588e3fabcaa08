import { expF32, logF32 } from '../../base/math/index.js';

const { fround } = Math;

/** Of an element, its bounds l and h, half their distance, and the actions nearest to them. */
class Interval {
  readonly low: number;
  readonly high: number;
  readonly half: number;
  private readonly lowest: number;
  private readonly highest: number;

  constructor(bounds: Float32Array, j: number, A: number) {
    this.low = bounds[j];
    this.high = bounds[A + j];
    this.half = fround(fround(this.high * 0.5) - fround(this.low * 0.5));
    this.lowest = bounds[2 * A + j];
    this.highest = bounds[3 * A + j];
  }

  /** A NaN stays. */
  hold(action: number): number {
    const raised = action < this.lowest ? this.lowest : action;
    return this.highest < raised ? this.highest : raised;
  }
}

/** See `Kernels.squash`. */
export function squash(u: Float32Array, bounds: Float32Array, actions: Float32Array, B: number, A: number): void {
  for (let j = 0; j < A; j++) {
    const interval = new Interval(bounds, j, A);
    for (let k = j; k < B * A; k += A) {
      const size = Math.abs(u[k]);
      const e = expF32(-fround(size + size));
      const way = fround(interval.half * fround(fround(e + e) / fround(1 + e)));
      actions[k] = interval.hold(u[k] < 0 ? fround(interval.low + way) : fround(interval.high - way));
    }
  }
}

/** See `Kernels.unsquash`. */
export function unsquash(
  actions: Float32Array,
  bounds: Float32Array,
  u: Float32Array,
  logSlopes: Float32Array,
  B: number,
  A: number,
): void {
  for (let b = 0; b < B; b++) logSlopes[b] = 0;
  for (let j = 0; j < A; j++) {
    const interval = new Interval(bounds, j, A);
    for (let b = 0, k = j; b < B; b++, k += A) {
      const action = interval.hold(actions[k]);
      const fromLow = fround(action - interval.low);
      const fromHigh = fround(interval.high - action);
      u[k] = fround(0.5 * logF32(fround(fromLow / fromHigh)));
      logSlopes[b] = fround(logSlopes[b] + logF32(fround(fround(fromLow / interval.half) * fromHigh)));
    }
  }
}
