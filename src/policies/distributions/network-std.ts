import { expF64, logF64, tanhF64 } from '../../base/math/index.js';
import type { DistributionSpec } from '../spec.js';
import { checkLogStd } from './log-std.js';

/** Nearest that the start may come to a bound, as a part of half the width: at the bound itself the slope would be 0. */
const NEAREST = 0.999;

/** log σ as a smooth function of a network output x that stays within its bounds:
 *
 *    log σ = m + h·tanh(x₀ + x/(h(1 − r²))),   m, h = middle and half the width of the bounds,  r = tanh x₀ = (initial − m)/h
 *
 *  so x = 0 is `initialLogStd`, with slope 1. Source: Haarnoja et al. 2018 bound it likewise, by clipping, where the gradient ends. */
export class NetworkStd {
  /** Of the output read last. */
  logStd = 0;
  std = 1;
  /** d log σ / dx. */
  slope = 1;
  private readonly middle: number;
  private readonly half: number;
  private readonly start: number;
  private readonly scale: number;

  constructor(spec: DistributionSpec) {
    checkLogStd(spec);
    const [low, high] = spec.logStdBounds;
    const middle = (low + high) / 2;
    const half = (high - low) / 2;
    const wanted = half === 0 ? 0 : (spec.initialLogStd - middle) / half;
    const r = Math.max(-NEAREST, Math.min(NEAREST, wanted));
    this.middle = middle;
    this.half = half;
    this.start = 0.5 * logF64((1 + r) / (1 - r));
    this.scale = half === 0 ? 0 : 1 / (half * (1 - r * r));
  }

  read(x: number): void {
    const { half, scale } = this;
    const y = tanhF64(this.start + x * scale);
    this.logStd = this.middle + half * y;
    this.std = expF64(this.logStd);
    this.slope = half * scale * (1 - y) * (1 + y);
  }
}
