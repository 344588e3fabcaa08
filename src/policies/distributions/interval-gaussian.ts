import { createPlainKernels, type F32, type Kernels, RowMemory } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import type { Bounds } from './bounds.js';
import { ConstantBounds } from './constant-bounds.js';
import { LogStd } from './log-std.js';

/** The squashed Gaussian of a box whose elements have two constant bounds each, in the kernels' canonical float32:  u_j = μ_j + σ_j ε_j,
 *  a_j = low_j + s_j (tanh u_j + 1),  μ = outputs, log σ = free.
 *
 *    log p(a) = (Σ_j −½ z_j² − log σ_j − ½ log 2π) − Σ_j log |da_j/du_j|,  z_j = (u_j − μ_j)/σ_j,  da/du = (a − low)(high − a)/s
 *
 *  Everything is a function of the stored action. `backward` adds to log σ in stripes that begin with each call. Arrays are of `kernels`.
 *  For bounds of `areConstantPairs`, with the edge SQUASHED_EDGE. */
export function createIntervalGaussian(
  bounds: Bounds,
  spec: DistributionSpec,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  return new IntervalGaussian(bounds, spec, kernels);
}

class IntervalGaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  private readonly kernels: Kernels;
  private readonly bounds: ConstantBounds;
  private readonly logStd: LogStd;
  /** f32[B, A] before squashing, and f32[B]: Σ_j log |da_j/du_j|. */
  private readonly unsquashed: RowMemory;
  private readonly logSlopes: RowMemory;

  constructor(bounds: Bounds, spec: DistributionSpec, kernels: Kernels) {
    const { size } = bounds;
    this.actionSize = size;
    this.outputSize = size;
    this.freeParameterCount = size;
    this.noiseSize = size;
    this.kernels = kernels;
    this.bounds = new ConstantBounds(bounds, kernels);
    this.logStd = new LogStd(size, spec);
    this.unsquashed = new RowMemory(kernels);
    this.logSlopes = new RowMemory(kernels);
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { kernels, actionSize: A } = this;
    const u = this.unsquashed.take(B * A);
    kernels.gaussianSample(outputs, free, noise, u, logProbs, B, A);
    kernels.squash(u, this.bounds.rows, actions, B, A);
    // Of the action as it is stored and learned from, which the squashing has rounded: the ratio of the first update is 1.
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    this.kernels.squash(outputs, this.bounds.rows, actions, B, this.actionSize);
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const { kernels, actionSize: A } = this;
    const logSlopes = this.logSlopes.take(B);
    kernels.gaussianLogProb(outputs, free, this.unsquash(actions, logSlopes, B), logProbs, B, A);
    kernels.addScaled(logProbs, logSlopes, -1, logProbs, B);
  }

  /** Of u: that of the action has no closed form. */
  entropy(_outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    this.logStd.load(free);
    this.kernels.fill(entropies, this.logStd.entropy(), B);
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
    const u = this.unsquash(actions, this.logSlopes.take(B), B);
    this.kernels.gaussianBackward(outputs, free, u, dLogProbs, dEntropies, dOutputs, dFree, B, this.actionSize);
  }

  project(free: F32): void {
    this.logStd.project(free);
  }

  dispose(): void {
    this.bounds.dispose();
    this.unsquashed.dispose();
    this.logSlopes.dispose();
  }

  private unsquash(actions: F32, logSlopes: F32, B: number): F32 {
    const u = this.unsquashed.take(B * this.actionSize);
    this.kernels.unsquash(actions, this.bounds.rows, u, logSlopes, B, this.actionSize);
    return u;
  }
}
