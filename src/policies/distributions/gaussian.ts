import { createPlainKernels, type F32, type Kernels } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import { LogStd } from './log-std.js';

/** Diagonal Gaussian with a state-independent standard deviation: a_j = μ_j + σ_j ε_j, μ = outputs, log σ = free.
 *  log p(a) = Σ_j −½ z_j² − log σ_j − ½ log 2π,  z_j = (a_j − μ_j)/σ_j.
 *  In the kernels' canonical float32; `backward` adds to log σ in stripes that begin with each call. Arrays are of `kernels`; any
 *  arrays do without. */
export function createGaussian(
  size: number,
  spec: DistributionSpec,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  return new Gaussian(size, spec, kernels);
}

class Gaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  readonly isDiagonalGaussian = true;
  private readonly logStd: LogStd;
  private readonly kernels: Kernels;

  constructor(size: number, spec: DistributionSpec, kernels: Kernels) {
    this.actionSize = size;
    this.outputSize = size;
    this.freeParameterCount = size;
    this.noiseSize = size;
    this.logStd = new LogStd(size, spec);
    this.kernels = kernels;
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  /** The log-probability is that of the stored action, so that the ratio to a later one with the same parameters is exactly 1. */
  sample(outputs: F32, free: F32, _mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    this.kernels.gaussianSample(outputs, free, noise, actions, logProbs, B, this.actionSize);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const n = B * this.actionSize;
    for (let k = 0; k < n; k++) actions[k] = outputs[k]!;
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    this.kernels.gaussianLogProb(outputs, free, actions, logProbs, B, this.actionSize);
  }

  entropy(_outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    this.logStd.load(free);
    this.kernels.fill(entropies, this.logStd.entropy(), B);
  }

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
    this.kernels.gaussianBackward(outputs, free, actions, dLogProbs, dEntropies, dOutputs, dFree, B, this.actionSize);
  }

  project(free: F32): void {
    this.logStd.project(free);
  }
}
