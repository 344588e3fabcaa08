import { type BoundedRows, createPlainKernels, type F32, type Kernels } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import type { Bounds } from './bounds.js';
import { KernelBounds } from './kernel-bounds.js';
import { LogStd } from './log-std.js';
import { NetworkStd } from './network-std.js';

/** Where log σ comes from: parameters of the law, or the network. */
type Deviation = 'free' | 'network';

/** A Gaussian squashed into the bounds of a box, element by element: u_j = μ_j + σ_j ε_j, and
 *
 *    both bounds   a = low + s (tanh u + 1),  s = (high − low)/2
 *    low only      a = low + softplus u
 *    high only     a = high − softplus u
 *    none          a = u
 *
 *    log p(a) = Σ_j −½ z_j² − log σ_j − ½ log 2π − log |da_j/du_j|,  z_j = (u_j − μ_j)/σ_j
 *
 *  `deviation` "free": μ = outputs, log σ = free. "network": outputs [μ_1 … μ_A, x_1 … x_A], log σ_j a function of x_j (see `NetworkStd`);
 *  then it is differentiable through its actions.
 *
 *  Everything is a function of the stored action, which is held within the bounds by the edge: so u has bits left, also where tanh u rounds
 *  to 1. What the tails beyond would add (the law of an action at that edge) is left out. Entropy is that of u. An element that its bounds
 *  force has log-probability, entropy and gradient 0. Source: Haarnoja et al. 2018, appendix C.
 *  In the kernels' canonical float32; `backward` adds to free parameters in stripes that begin with each call. Arrays are of `kernels`;
 *  any arrays do without. `bounds` has the edge SQUASHED_EDGE. */
export function createBoundedGaussian(
  bounds: Bounds,
  spec: DistributionSpec,
  deviation: Deviation,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  const create = deviation === 'network' ? NetworkBounded : FreeBounded;
  return bounds.observed ? observing(new create(bounds, spec, kernels)) : new create(bounds, spec, kernels);
}

/** Only laws that need observations say so. */
function observing(law: BoundedGaussian): ActionDistribution {
  law.observe = (observation, B) => law.kernelBounds.observe(observation, B);
  return law;
}

abstract class BoundedGaussian implements ActionDistribution {
  abstract readonly outputSize: number;
  abstract readonly freeParameterCount: number;
  readonly actionSize: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  readonly kernelBounds: KernelBounds;
  observe?: (observation: F32, B: number) => void;
  protected readonly kernels: Kernels;
  protected readonly rows: BoundedRows;

  constructor(bounds: Bounds, byNetwork: boolean, kernels: Kernels) {
    const { size, observed } = bounds;
    this.actionSize = size;
    this.noiseSize = size;
    this.kernels = kernels;
    this.kernelBounds = new KernelBounds(bounds, kernels);
    this.rows = { size, byNetwork, observed };
  }

  abstract initialize(free: F32): void;
  abstract project(free: F32): void;
  abstract backward(
    outputs: F32,
    free: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dFree: F32,
    B: number,
  ): void;

  sample(outputs: F32, free: F32, _mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { kernels, rows } = this;
    const { rows: bounds } = this.kernelBounds;
    const logStd = this.logStd(outputs, free, B);
    kernels.boundedSample(outputs, logStd, noise, bounds, actions, B, rows);
    // Of the action as it is stored and learned from, which the squashing has rounded: the ratio of the first update is 1.
    kernels.boundedEvaluate(outputs, logStd, actions, bounds, logProbs, null, B, rows);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    // Without noise nobody asks for deviations.
    this.kernels.boundedSample(outputs, outputs, null, this.kernelBounds.rows, actions, B, this.rows);
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const logStd = this.logStd(outputs, free, B);
    this.kernels.boundedEvaluate(outputs, logStd, actions, this.kernelBounds.rows, logProbs, null, B, this.rows);
  }

  entropy(outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    const logStd = this.logStd(outputs, free, B);
    this.kernels.boundedEvaluate(outputs, logStd, null, this.kernelBounds.rows, null, entropies, B, this.rows);
  }

  evaluate(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, entropies: F32, B: number): void {
    const logStd = this.logStd(outputs, free, B);
    this.kernels.boundedEvaluate(outputs, logStd, actions, this.kernelBounds.rows, logProbs, entropies, B, this.rows);
  }

  dispose(): void {
    this.kernelBounds.dispose();
  }

  /** The logarithms of the deviations, as `rows` says. */
  protected abstract logStd(outputs: F32, free: F32, B: number): F32;
}

class FreeBounded extends BoundedGaussian {
  readonly outputSize: number;
  readonly freeParameterCount: number;
  private readonly parameters: LogStd;

  constructor(bounds: Bounds, spec: DistributionSpec, kernels: Kernels) {
    super(bounds, false, kernels);
    this.outputSize = bounds.size;
    this.freeParameterCount = bounds.size;
    this.parameters = new LogStd(bounds.size, spec);
  }

  initialize(free: F32): void {
    this.parameters.initialize(free);
  }

  project(free: F32): void {
    this.parameters.project(free);
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
    const { kernels, rows } = this;
    const { rows: bounds } = this.kernelBounds;
    kernels.boundedBackward(outputs, free, null, actions, bounds, dLogProbs, dEntropies, dOutputs, dFree, B, rows);
  }

  protected logStd(_outputs: F32, free: F32): F32 {
    return free;
  }
}

class NetworkBounded extends BoundedGaussian {
  readonly outputSize: number;
  readonly freeParameterCount = 0;
  private readonly deviations: NetworkStd;

  constructor(bounds: Bounds, spec: DistributionSpec, kernels: Kernels) {
    super(bounds, true, kernels);
    this.outputSize = 2 * bounds.size;
    this.deviations = new NetworkStd(bounds.size, spec, kernels);
  }

  initialize(): void {}

  project(): void {}

  /** Of a given action: ∂log p/∂μ = z/σ, ∂log p/∂log σ = z² − 1, ∂H/∂log σ = 1. */
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
    const { kernels, rows } = this;
    const { rows: bounds } = this.kernelBounds;
    const logStd = this.logStd(outputs, free, B);
    const { slopes } = this.deviations;
    kernels.boundedBackward(outputs, logStd, slopes, actions, bounds, dLogProbs, dEntropies, dOutputs, dFree, B, rows);
  }

  /** Of a drawn action, the noise being given (the reparameterization): with s = da/du, s' = d log |da/du| / du,
   *  ∂a/∂μ = s, ∂a/∂log σ = s σ ε, ∂log p/∂μ = −s', ∂log p/∂log σ = −1 − s' σ ε. Source: Haarnoja et al. 2018, eq. 13. */
  sampleBackward(outputs: F32, noise: F32, dActions: F32, dLogProbs: F32, dOutputs: F32, B: number): void {
    const { kernels, rows } = this;
    const { rows: bounds } = this.kernelBounds;
    const logStd = this.logStd(outputs, outputs, B);
    const { slopes } = this.deviations;
    kernels.boundedPathwise(outputs, logStd, slopes, noise, bounds, dActions, dLogProbs, dOutputs, B, rows);
  }

  override dispose(): void {
    super.dispose();
    this.deviations.dispose();
  }

  protected logStd(outputs: F32, _free: F32, B: number): F32 {
    return this.deviations.read(outputs, B);
  }
}
