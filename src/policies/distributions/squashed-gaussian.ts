import { logF64, tanhF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import type { DistributionSpec } from '../spec.js';
import { highestFloat32AtMost, lowestFloat32AtLeast } from './float32-neighbors.js';
import { LogStd } from './log-std.js';

/** |tanh u| stays at or below 1 − EDGE, in sampling and in log-probabilities alike. */
const EDGE = 1e-6;

/** Gaussian squashed to a box: a_j = low_j + s_j (tanh u_j + 1),  s_j = (high_j − low_j)/2,  u_j = μ_j + σ_j ε_j.
 *  log p(a) = Σ_j −½ z_j² − log σ_j − ½ log 2π − log(s_j (1 − y_j²)),  y_j = (a_j − low_j)/s_j − 1,  u_j = artanh y_j,
 *  z_j = (u_j − μ_j)/σ_j. Everything is a function of the stored float32 action, held within |y_j| ≤ 1 − 10⁻⁶, so actions lie
 *  strictly inside the box and log p is finite. What the tails beyond would add (the law of an action at that edge) is left out.
 *  Entropy is that of u. Source: Haarnoja et al. 2018, appendix C.
 *  Returns undefined where float32 has no number inside those edges. */
export function createSquashedGaussian(
  low: Float64Array,
  high: Float64Array,
  spec: DistributionSpec,
): ActionDistribution | undefined {
  const size = low.length;
  const scale = low.map((bound, j) => high[j]! / 2 - bound / 2);
  const lowest = low.map((bound, j) => lowestFloat32AtLeast(bound + scale[j]! * EDGE));
  const highest = high.map((bound, j) => highestFloat32AtMost(bound - scale[j]! * EDGE));
  for (let j = 0; j < size; j++) {
    if (!(low[j]! < lowest[j]! && lowest[j]! <= highest[j]! && highest[j]! < high[j]!)) return undefined;
    if (!Number.isFinite(lowest[j]!) || !Number.isFinite(highest[j]!)) return undefined;
  }
  return new SquashedGaussian({ low, scale, lowest, highest }, spec);
}

interface Edges {
  readonly low: Float64Array;
  readonly scale: Float64Array;
  /** Smallest and largest float32 action. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

class SquashedGaussian implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount: number;
  readonly maskSize = 0;
  readonly noiseSize: number;
  readonly noiseKind = 'normal';
  private readonly edges: Edges;
  private readonly logStd: LogStd;
  private readonly sumOfLogScales: number;
  /** y of the element read last. */
  private squashed = 0;

  constructor(edges: Edges, spec: DistributionSpec) {
    const size = edges.low.length;
    this.actionSize = size;
    this.outputSize = size;
    this.freeParameterCount = size;
    this.noiseSize = size;
    this.edges = edges;
    this.logStd = new LogStd(size, spec);
    let sum = 0;
    for (const scale of edges.scale) sum += logF64(scale);
    this.sumOfLogScales = sum;
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    this.logStd.load(free);
    const { std } = this.logStd;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0; j < A; j++, k++) actions[k] = this.squash(outputs[k]! + std[j]! * noise[k]!, j);
    }
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const A = this.actionSize;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0; j < A; j++, k++) actions[k] = this.squash(outputs[k]!, j);
    }
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    const atMean = this.logStd.logDensityAtMean() - this.sumOfLogScales;
    for (let b = 0, k = 0; b < B; b++) {
      let squares = 0;
      let logSlopes = 0;
      for (let j = 0; j < A; j++, k++) {
        const z = (this.unsquash(actions[k]!, j) - outputs[k]!) * inverseStd[j]!;
        squares += z * z;
        logSlopes += logF64((1 - this.squashed) * (1 + this.squashed));
      }
      logProbs[b] = atMean - 0.5 * squares - logSlopes;
    }
  }

  entropy(_outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    this.logStd.load(free);
    entropies.fill(this.logStd.entropy(), 0, B);
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
    this.logStd.load(free);
    const { inverseStd } = this.logStd;
    for (let b = 0, k = 0; b < B; b++) {
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      for (let j = 0; j < A; j++, k++) {
        const z = (this.unsquash(actions[k]!, j) - outputs[k]!) * inverseStd[j]!;
        dOutputs[k] = dLogProb * (z * inverseStd[j]!);
        dFree[j] = dFree[j]! + (dLogProb * (z * z - 1) + dEntropy);
      }
    }
  }

  project(free: F32): void {
    this.logStd.project(free);
  }

  private squash(u: number, j: number): number {
    const { low, scale, lowest, highest } = this.edges;
    const action = low[j]! + scale[j]! * (tanhF64(u) + 1);
    return action < lowest[j]! ? lowest[j]! : action > highest[j]! ? highest[j]! : action;
  }

  /** u of an action; leaves y in `squashed`. */
  private unsquash(action: number, j: number): number {
    const { low, scale, lowest, highest } = this.edges;
    const inside = action < lowest[j]! ? lowest[j]! : action > highest[j]! ? highest[j]! : action;
    const y = (inside - low[j]!) / scale[j]! - 1;
    this.squashed = y;
    return 0.5 * logF64((1 + y) / (1 - y));
  }
}
