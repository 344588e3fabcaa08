import { logF64 } from '../../base/math/index.js';
import { createPlainKernels, type F32, type Kernels } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import { BOTH, type Bounds, FORCED, NONE } from './bounds.js';
import { areConstantPairs } from './constant-bounds.js';
import { createIntervalGaussian } from './interval-gaussian.js';
import { LogStd } from './log-std.js';
import { Squashing } from './squashing.js';

/** |tanh u| stays at or below 1 − EDGE and softplus u at or above EDGE, in sampling and in log-probabilities alike. */
export const SQUASHED_EDGE = 1e-6;

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Gaussian squashed into the bounds of a box, element by element: u_j = μ_j + σ_j ε_j, μ = outputs, log σ = free, and a_j the
 *  squashed u_j (see `Squashing`).
 *
 *  log p(a) = Σ_j −½ z_j² − log σ_j − ½ log 2π − log |da_j/du_j|,  z_j = (u_j − μ_j)/σ_j. Everything is a function of the stored
 *  float32 action, held within |y| ≤ 1 − 10⁻⁶ and d ≥ 10⁻⁶, so actions lie strictly inside the bounds and log p is finite. What
 *  the tails beyond would add (the law of an action at that edge) is left out. Entropy is that of u. An element that its bounds
 *  force has log-probability, entropy and gradient 0. Source: Haarnoja et al. 2018, appendix C.
 *  `bounds` has the edge SQUASHED_EDGE. Two constant bounds of every element are the kernels' (`IntervalGaussian`), in canonical float32;
 *  others are taken in float64 on float32 arrays. Arrays are of `kernels`; any arrays do without. */
export function createSquashedGaussian(
  bounds: Bounds,
  spec: DistributionSpec,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  if (areConstantPairs(bounds)) return createIntervalGaussian(bounds, spec, kernels);
  return bounds.observed ? new ObservedSquashedGaussian(bounds, spec) : new SquashedGaussian(bounds, spec);
}

class SquashedGaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  protected readonly bounds: Bounds;
  private readonly logStd: LogStd;
  private readonly squashing: Squashing;

  constructor(bounds: Bounds, spec: DistributionSpec) {
    const { size } = bounds;
    this.actionSize = size;
    this.outputSize = size;
    this.freeParameterCount = size;
    this.noiseSize = size;
    this.bounds = bounds;
    this.logStd = new LogStd(size, spec);
    this.squashing = new Squashing(bounds);
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    const { rowStride } = this.bounds;
    this.logStd.load(free);
    const { std } = this.logStd;
    for (let b = 0, k = 0; b < B; b++) {
      const at = b * rowStride;
      for (let j = 0; j < A; j++, k++) actions[k] = this.squashing.squash(outputs[k]! + std[j]! * noise[k]!, at + j);
    }
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const A = this.actionSize;
    const { rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      const at = b * rowStride;
      for (let j = 0; j < A; j++, k++) actions[k] = this.squashing.squash(outputs[k]!, at + j);
    }
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    const { kinds, rowStride } = this.bounds;
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    let atMean = this.logDensityAtMean(free, 0);
    for (let b = 0, k = 0; b < B; b++) {
      const at = b * rowStride;
      if (at > 0) atMean = this.logDensityAtMean(free, at);
      let squares = 0;
      let logSlopes = 0;
      for (let j = 0; j < A; j++, k++) {
        const kind = kinds[at + j]!;
        if (kind === FORCED) continue;
        const z = (this.squashing.unsquash(actions[k]!, at + j) - outputs[k]!) * inverseStd[j]!;
        squares += z * z;
        if (kind === BOTH) logSlopes += logF64((1 - this.squashing.squashed) * (1 + this.squashing.squashed));
        else if (kind !== NONE) logSlopes += this.squashing.logSlope;
      }
      logProbs[b] = atMean - 0.5 * squares - logSlopes;
    }
  }

  entropy(_outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    const A = this.actionSize;
    const { kinds, rowStride } = this.bounds;
    for (let b = 0; b < B; b++) {
      const at = b * rowStride;
      if (b > 0 && rowStride === 0) {
        entropies[b] = entropies[0]!;
        continue;
      }
      let sum = 0;
      let count = 0;
      for (let j = 0; j < A; j++) {
        if (kinds[at + j] === FORCED) continue;
        sum += free[j]!;
        count++;
      }
      entropies[b] = sum + count * (HALF_LOG_TWO_PI + 0.5);
    }
  }

  /** As the Gaussian's at u: the slope of the squashing does not depend on the parameters, the action being given. */
  backward(
    outputs: F32,
    free: F32,
    _mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dFree: F32,
    B: number,
  ): void {
    const A = this.actionSize;
    const { kinds, rowStride } = this.bounds;
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    for (let b = 0, k = 0; b < B; b++) {
      const at = b * rowStride;
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      for (let j = 0; j < A; j++, k++) {
        if (kinds[at + j] === FORCED) {
          dOutputs[k] = 0;
          continue;
        }
        const z = (this.squashing.unsquash(actions[k]!, at + j) - outputs[k]!) * inverseStd[j]!;
        dOutputs[k] = dLogProb * (z * inverseStd[j]!);
        dFree[j] = dFree[j]! + (dLogProb * (z * z - 1) + dEntropy);
      }
    }
  }

  project(free: F32): void {
    this.logStd.project(free);
  }

  /** Σ over the elements that are not forced of −log σ_j − ½ log 2π − log s_j, for the row of place `at`. */
  private logDensityAtMean(free: F32, at: number): number {
    const { kinds, low, high } = this.bounds;
    let sum = 0;
    let count = 0;
    let logScales = 0;
    for (let j = 0; j < this.actionSize; j++) {
      const kind = kinds[at + j]!;
      if (kind === FORCED) continue;
      sum += free[j]!;
      count++;
      if (kind === BOTH) logScales += logF64(high[at + j]! / 2 - low[at + j]! / 2);
    }
    // Not −sum: where all is forced that would be −0.
    return 0 - sum - count * HALF_LOG_TWO_PI - logScales;
  }
}

class ObservedSquashedGaussian extends SquashedGaussian {
  observe(observation: F32, B: number): void {
    this.bounds.observe(observation, B);
  }
}
