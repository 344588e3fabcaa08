import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import { LogStd } from './log-std.js';

/** Diagonal Gaussian with a state-independent standard deviation: a_j = μ_j + σ_j ε_j, μ = outputs, log σ = free.
 *  log p(a) = Σ_j −½ z_j² − log σ_j − ½ log 2π,  z_j = (a_j − μ_j)/σ_j.
 *  Arithmetic in float64 on float32 arrays, rounded once on store. */
export function createGaussian(size: number, spec: DistributionSpec): ActionDistribution {
  return new Gaussian(size, spec);
}

class Gaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  private readonly logStd: LogStd;

  constructor(size: number, spec: DistributionSpec) {
    this.actionSize = size;
    this.outputSize = size;
    this.freeParameterCount = size;
    this.noiseSize = size;
    this.logStd = new LogStd(size, spec);
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    this.logStd.load(free);
    const { std } = this.logStd;
    if (A === 1) {
      const only = std[0]!;
      for (let b = 0; b < B; b++) actions[b] = outputs[b]! + only * noise[b]!;
    } else {
      for (let b = 0, k = 0; b < B; b++) {
        for (let j = 0; j < A; j++, k++) actions[k] = outputs[k]! + std[j]! * noise[k]!;
      }
    }
    // From the stored action, so that the ratio to a later logProb with the same parameters is exactly 1.
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const n = B * this.actionSize;
    for (let k = 0; k < n; k++) actions[k] = outputs[k]!;
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    const atMean = this.logStd.logDensityAtMean();
    if (A === 1) {
      const inverse = inverseStd[0]!;
      for (let b = 0; b < B; b++) {
        const z = (actions[b]! - outputs[b]!) * inverse;
        logProbs[b] = atMean - 0.5 * (z * z);
      }
      return;
    }
    for (let b = 0, k = 0; b < B; b++) {
      let squares = 0;
      for (let j = 0; j < A; j++, k++) {
        const z = (actions[k]! - outputs[k]!) * inverseStd[j]!;
        squares += z * z;
      }
      logProbs[b] = atMean - 0.5 * squares;
    }
  }

  entropy(_outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    this.logStd.load(free);
    entropies.fill(this.logStd.entropy(), 0, B);
  }

  /** ∂log p/∂μ_j = z_j/σ_j,  ∂log p/∂log σ_j = z_j² − 1,  ∂H/∂log σ_j = 1. */
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
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    if (A === 1) {
      const inverse = inverseStd[0]!;
      let sum = dFree[0]!;
      for (let b = 0; b < B; b++) {
        const dLogProb = dLogProbs[b]!;
        const z = (actions[b]! - outputs[b]!) * inverse;
        dOutputs[b] = dLogProb * (z * inverse);
        // Rounded every row, as an array element would be: then the split of rows into calls changes nothing.
        sum = Math.fround(sum + (dLogProb * (z * z - 1) + dEntropies[b]!));
      }
      dFree[0] = sum;
      return;
    }
    for (let b = 0, k = 0; b < B; b++) {
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      for (let j = 0; j < A; j++, k++) {
        const z = (actions[k]! - outputs[k]!) * inverseStd[j]!;
        dOutputs[k] = dLogProb * (z * inverseStd[j]!);
        dFree[j] = dFree[j]! + (dLogProb * (z * z - 1) + dEntropy);
      }
    }
  }

  project(free: F32): void {
    this.logStd.project(free);
  }
}
