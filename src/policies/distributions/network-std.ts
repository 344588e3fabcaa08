import { logF64 } from '../../base/math/index.js';
import { type F32, type Kernels, RowMemory, type StdCurve } from '../../kernels/index.js';
import type { DistributionSpec } from '../spec.js';
import { checkLogStd } from './log-std.js';

/** Nearest that the start may come to a bound, as a part of half the width: at the bound itself the slope would be 0. */
const NEAREST = 0.999;

/** log σ as a smooth function of a network output x that stays within its bounds:
 *
 *    log σ = m + h·tanh(x₀ + x/(h(1 − r²))),   m, h = middle and half the width of the bounds,  r = tanh x₀ = (initial − m)/h
 *
 *  so x = 0 is `initialLogStd`, with slope 1, up to rounding. Source: Haarnoja et al. 2018 bound it likewise, by clipping, where the
 *  gradient ends. Throws POLICY_LOG_STD_INVALID. */
export class NetworkStd {
  private readonly kernels: Kernels;
  private readonly size: number;
  private readonly curve: StdCurve;
  private readonly logStd: RowMemory;
  private readonly slopeMemory: RowMemory;

  constructor(size: number, spec: DistributionSpec, kernels: Kernels) {
    checkLogStd(spec);
    const [low, high] = spec.logStdBounds;
    const middle = (low + high) / 2;
    const half = (high - low) / 2;
    const wanted = half === 0 ? 0 : (spec.initialLogStd - middle) / half;
    const r = Math.max(-NEAREST, Math.min(NEAREST, wanted));
    const scale = half === 0 ? 0 : 1 / (half * (1 - r * r));
    this.size = size;
    this.curve = { middle, half, start: 0.5 * logF64((1 + r) / (1 - r)), scale };
    this.kernels = kernels;
    this.logStd = new RowMemory(kernels);
    this.slopeMemory = new RowMemory(kernels);
  }

  /** d log σ / dx f32[B, A] of the last `read`. */
  get slopes(): F32 {
    return this.slopeMemory.take(0);
  }

  /** log σ f32[B, A] of the second halves of outputs f32[B, 2A], valid until the next call. */
  read(outputs: F32, B: number): F32 {
    const { size: A } = this;
    const logStd = this.logStd.take(B * A);
    this.kernels.networkStd(outputs, logStd, this.slopeMemory.take(B * A), B, A, this.curve);
    return logStd;
  }

  dispose(): void {
    this.logStd.dispose();
    this.slopeMemory.dispose();
  }
}
