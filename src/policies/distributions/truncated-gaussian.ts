import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import { type Bounds, FORCED } from './bounds.js';
import { LogStd } from './log-std.js';
import { TruncatedNormal } from './truncated-normal.js';

/** Half the step of a uniform: u + HALF_STEP lies inside (0, 1), in the middle of the numbers that u stands for. */
const HALF_STEP = 2 ** -25;

/** Gaussian truncated to the bounds of a box, element by element: μ = outputs, log σ = free; without bounds it is the Gaussian.
 *
 *    log p(a) = Σ_j log φ(z_j) − log σ_j − log(Φ(β_j) − Φ(α_j)),  z = (a − μ)/σ,  α = (low − μ)/σ,  β = (high − μ)/σ
 *    ∂log p/∂μ = (z − E z)/σ,     ∂log p/∂log σ = z² − E z²
 *    ∂H/∂μ = Cov(z², z)/2σ,       ∂H/∂log σ = Var(z²)/2
 *
 *  Each element is sampled through the inverse of its distribution function, from one uniform. Actions may be the bounds themselves,
 *  rounded inwards to float32. An element that its bounds force has log-probability, entropy and gradient 0. A μ far outside
 *  keeps an exact gradient: there the law is nearly exponential, and is computed from the bound (see TruncatedNormal).
 *  `bounds` has the edge 0. */
export function createTruncatedGaussian(bounds: Bounds, spec: DistributionSpec): ActionDistribution {
  return bounds.observed ? new ObservedTruncatedGaussian(bounds, spec) : new TruncatedGaussian(bounds, spec);
}

class TruncatedGaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'uniform';
  protected readonly bounds: Bounds;
  private readonly logStd: LogStd;
  /** The law of the element loaded last. */
  private readonly law = new TruncatedNormal();

  constructor(bounds: Bounds, spec: DistributionSpec) {
    const { size } = bounds;
    this.actionSize = size;
    this.outputSize = size;
    this.freeParameterCount = size;
    this.noiseSize = size;
    this.bounds = bounds;
    this.logStd = new LogStd(size, spec);
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, _mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    const { kinds, lowest, rowStride } = this.bounds;
    const { law } = this;
    this.logStd.load(free);
    const { std } = this.logStd;
    for (let b = 0, k = 0; b < B; b++) {
      let at = b * rowStride;
      let logProb = 0;
      for (let j = 0; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) {
          actions[k] = lowest[at]!;
          continue;
        }
        const mean = outputs[k]!;
        this.load(mean, at, j);
        const step = std[j]! * law.quantile(noise[k]! + HALF_STEP);
        actions[k] = this.clamp(this.origin(mean, at) + (law.side < 0 ? -step : step), at);
        // Of the stored action: as logProb has it.
        logProb += this.logDensity(actions[k]!, mean, at, j) - free[j]!;
      }
      logProbs[b] = logProb;
    }
  }

  /** The mean, or the bound that it lies beyond. */
  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const A = this.actionSize;
    const { rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      const at = b * rowStride;
      for (let j = 0; j < A; j++, k++) actions[k] = this.clamp(outputs[k]!, at + j);
    }
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    const { kinds, rowStride } = this.bounds;
    this.logStd.load(free);
    for (let b = 0, k = 0; b < B; b++) {
      let at = b * rowStride;
      let logProb = 0;
      for (let j = 0; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) continue;
        const mean = outputs[k]!;
        this.load(mean, at, j);
        logProb += this.logDensity(actions[k]!, mean, at, j) - free[j]!;
      }
      logProbs[b] = logProb;
    }
  }

  /** H = log σ + log mass + E[v] */
  entropy(outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    const A = this.actionSize;
    const { kinds, rowStride } = this.bounds;
    const { law } = this;
    this.logStd.load(free);
    for (let b = 0, k = 0; b < B; b++) {
      let at = b * rowStride;
      let entropy = 0;
      for (let j = 0; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) continue;
        this.load(outputs[k]!, at, j);
        law.loadMoments();
        entropy += free[j]! + law.logMass + law.meanEnergy;
      }
      entropies[b] = entropy;
    }
  }

  /** With v of the stored action: z² − E z² = 2(v − E v), Cov(z², z)/2 = ±Cov(v, δ), Var(z²)/2 = 2 Var(v). */
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
    const { law } = this;
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    for (let b = 0, k = 0; b < B; b++) {
      let at = b * rowStride;
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      for (let j = 0; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) {
          dOutputs[k] = 0;
          continue;
        }
        const mean = outputs[k]!;
        this.load(mean, at, j);
        law.loadMoments();
        const offset = this.offset(actions[k]!, mean, at, j);
        const slope = dLogProb * (offset - law.meanOffset) + dEntropy * law.covariance;
        dOutputs[k] = (law.side < 0 ? -slope : slope) * inverseStd[j]!;
        dFree[j] = dFree[j]! + 2 * (dLogProb * (law.energy(offset) - law.meanEnergy) + dEntropy * law.energyVariance);
      }
    }
  }

  project(free: F32): void {
    this.logStd.project(free);
  }

  private load(mean: number, at: number, j: number): void {
    const low = this.bounds.low[at]!;
    const high = this.bounds.high[at]!;
    const inverse = this.logStd.inverseStd[j]!;
    this.law.load((low - mean) * inverse, (high - mean) * inverse, (high - low) * inverse);
  }

  /** The action at δ = 0. */
  private origin(mean: number, at: number): number {
    const { side } = this.law;
    return side === 0 ? mean : side > 0 ? this.bounds.low[at]! : this.bounds.high[at]!;
  }

  /** δ of an action. */
  private offset(action: number, mean: number, at: number, j: number): number {
    const step = (this.clamp(action, at) - this.origin(mean, at)) * this.logStd.inverseStd[j]!;
    return this.law.side < 0 ? -step : step;
  }

  private logDensity(action: number, mean: number, at: number, j: number): number {
    return -this.law.energy(this.offset(action, mean, at, j)) - this.law.logMass;
  }

  private clamp(action: number, at: number): number {
    const lowest = this.bounds.lowest[at]!;
    const highest = this.bounds.highest[at]!;
    return action < lowest ? lowest : action > highest ? highest : action;
  }
}

class ObservedTruncatedGaussian extends TruncatedGaussian {
  observe(observation: F32, B: number): void {
    this.bounds.observe(observation, B);
  }
}
