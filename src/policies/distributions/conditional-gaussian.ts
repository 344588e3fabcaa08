import { logF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import { BOTH, type Bounds, FORCED, NONE } from './bounds.js';
import { NetworkStd } from './network-std.js';
import { Squashing } from './squashing.js';

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** The squashed Gaussian (an element without bounds: the Gaussian) whose standard deviation depends on the observation:
 *  outputs [μ_1 … μ_A, x_1 … x_A], log σ_j a function of x_j (see `NetworkStd`), u_j = μ_j + σ_j ε_j, a_j the squashed u_j (see
 *  `Squashing`).
 *
 *    log p(a) = Σ_j −½ z_j² − log σ_j − ½ log 2π − log |da_j/du_j|,  z_j = (u_j − μ_j)/σ_j
 *
 *  In all else as `SquashedGaussian`. Source: Haarnoja et al. 2018, appendix C. `bounds` has the edge SQUASHED_EDGE. */
export function createConditionalGaussian(bounds: Bounds, spec: DistributionSpec): ActionDistribution {
  return bounds.observed ? new ObservedConditionalGaussian(bounds, spec) : new ConditionalGaussian(bounds, spec);
}

class ConditionalGaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount = 0;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  protected readonly bounds: Bounds;
  private readonly law: NetworkStd;
  private readonly squashing: Squashing;

  constructor(bounds: Bounds, spec: DistributionSpec) {
    const { size } = bounds;
    this.actionSize = size;
    this.outputSize = 2 * size;
    this.noiseSize = size;
    this.bounds = bounds;
    this.law = new NetworkStd(spec);
    this.squashing = new Squashing(bounds);
  }

  initialize(): void {}

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { actionSize: A, law, squashing } = this;
    const { rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      const at = b * rowStride;
      const row = 2 * A * b;
      for (let j = 0; j < A; j++, k++) {
        law.read(outputs[row + A + j]!);
        actions[k] = squashing.squash(outputs[row + j]! + law.std * noise[k]!, at + j);
      }
    }
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const { actionSize: A, squashing } = this;
    const { rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0; j < A; j++, k++) actions[k] = squashing.squash(outputs[2 * A * b + j]!, b * rowStride + j);
    }
  }

  logProb(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const { actionSize: A, law, squashing } = this;
    const { kinds, low, high, rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      const row = 2 * A * b;
      let sum = 0;
      for (let j = 0, at = b * rowStride; j < A; j++, k++, at++) {
        const kind = kinds[at]!;
        if (kind === FORCED) continue;
        law.read(outputs[row + A + j]!);
        const z = (squashing.unsquash(actions[k]!, at) - outputs[row + j]!) / law.std;
        sum -= 0.5 * z * z + law.logStd + HALF_LOG_TWO_PI;
        if (kind === BOTH) {
          const { squashed: y } = squashing;
          sum -= logF64(high[at]! / 2 - low[at]! / 2) + logF64((1 - y) * (1 + y));
        } else if (kind !== NONE) sum -= squashing.logSlope;
      }
      logProbs[b] = sum;
    }
  }

  entropy(outputs: F32, _free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    const { actionSize: A, law } = this;
    const { kinds, rowStride } = this.bounds;
    for (let b = 0; b < B; b++) {
      let sum = 0;
      for (let j = 0; j < A; j++) {
        if (kinds[b * rowStride + j] === FORCED) continue;
        law.read(outputs[2 * A * b + A + j]!);
        sum += law.logStd + HALF_LOG_TWO_PI + 0.5;
      }
      entropies[b] = sum;
    }
  }

  /** Of a given action: ∂log p/∂μ = z/σ, ∂log p/∂log σ = z² − 1, ∂H/∂log σ = 1. */
  backward(
    outputs: F32,
    _free: F32,
    _mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    _dFree: F32,
    B: number,
  ): void {
    const { actionSize: A, law, squashing } = this;
    const { kinds, rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      const row = 2 * A * b;
      const dLogProb = dLogProbs[b]!;
      for (let j = 0, at = b * rowStride; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) {
          dOutputs[row + j] = 0;
          dOutputs[row + A + j] = 0;
          continue;
        }
        law.read(outputs[row + A + j]!);
        const z = (squashing.unsquash(actions[k]!, at) - outputs[row + j]!) / law.std;
        dOutputs[row + j] = dLogProb * (z / law.std);
        dOutputs[row + A + j] = (dLogProb * (z * z - 1) + dEntropies[b]!) * law.slope;
      }
    }
  }

  /** Of a drawn action, the noise being given (the reparameterization): with s = da/du, s' = d log |da/du| / du,
   *  ∂a/∂μ = s, ∂a/∂log σ = s σ ε, ∂log p/∂μ = −s', ∂log p/∂log σ = −1 − s' σ ε. Source: Haarnoja et al. 2018, eq. 13. */
  sampleBackward(outputs: F32, noise: F32, dActions: F32, dLogProbs: F32, dOutputs: F32, B: number): void {
    const { actionSize: A, law, squashing } = this;
    const { kinds, rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      const row = 2 * A * b;
      const dLogProb = dLogProbs[b]!;
      for (let j = 0, at = b * rowStride; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) {
          dOutputs[row + j] = 0;
          dOutputs[row + A + j] = 0;
          continue;
        }
        law.read(outputs[row + A + j]!);
        const shift = law.std * noise[k]!;
        squashing.differentiate(outputs[row + j]! + shift, at);
        const dU = dActions[k]! * squashing.slope - dLogProb * squashing.dLogSlope;
        dOutputs[row + j] = dU;
        dOutputs[row + A + j] = (dU * shift - dLogProb) * law.slope;
      }
    }
  }

  project(): void {}
}

class ObservedConditionalGaussian extends ConditionalGaussian {
  observe(observation: F32, B: number): void {
    this.bounds.observe(observation, B);
  }
}
