import { normalCdfF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { BOTH, type Bounds, FORCED } from './bounds.js';
import { Certain } from './certain.js';
import { Squashing } from './squashing.js';

/** Places of the free parameters. An algorithm sets them; no gradient reaches them. */
export const NOISE_SCALE = 0;
export const NOISE_WARMUP = 1;

/** An action of the network alone, and noise around it for exploration: m_j = the squashed output (see `Squashing`),
 *
 *    a_j = m_j + σ h_j ε_j, held within the bounds;  h_j = (high − low)/2 between two bounds, otherwise 1
 *
 *  σ = free[NOISE_SCALE]. Where free[NOISE_WARMUP] is not 0 the network counts for nothing: a_j is uniform between two bounds, and
 *  the squashed ε_j elsewhere. The mode is m. log p and entropy are 0 by convention and have no gradient: an algorithm that uses
 *  this law differentiates through the action itself, by `modeBackward`. `bounds` has the edge 0. */
export function createNoisyDeterministic(bounds: Bounds): ActionDistribution {
  return bounds.observed ? new ObservedNoisyDeterministic(bounds) : new NoisyDeterministic(bounds);
}

class NoisyDeterministic extends Certain {
  readonly freeParameterCount = 2;
  readonly noiseSize: number;
  protected readonly bounds: Bounds;
  private readonly squashing: Squashing;

  constructor(bounds: Bounds) {
    super(bounds.size);
    this.noiseSize = bounds.size;
    this.bounds = bounds;
    this.squashing = new Squashing(bounds);
  }

  initialize(free: F32): void {
    free[NOISE_SCALE] = 0;
    free[NOISE_WARMUP] = 0;
  }

  sample(outputs: F32, free: F32, _mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const { actionSize: A, squashing } = this;
    const { kinds, low, high, lowest, highest, rowStride } = this.bounds;
    const warmup = free[NOISE_WARMUP] !== 0;
    const sigma = free[NOISE_SCALE]!;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0, at = b * rowStride; j < A; j++, k++, at++) {
        const kind = kinds[at]!;
        const half = kind === BOTH ? high[at]! / 2 - low[at]! / 2 : 1;
        let action: number;
        if (kind === FORCED) action = lowest[at]!;
        else if (!warmup) action = squashing.squash(outputs[k]!, at) + sigma * half * noise[k]!;
        else if (kind === BOTH) action = low[at]! + 2 * half * normalCdfF64(noise[k]!);
        else action = squashing.squash(noise[k]!, at);
        actions[k] = action < lowest[at]! ? lowest[at]! : action > highest[at]! ? highest[at]! : action;
      }
    }
    logProbs.fill(0, 0, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const { actionSize: A, squashing } = this;
    const { rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0; j < A; j++, k++) actions[k] = squashing.squash(outputs[k]!, b * rowStride + j);
    }
  }

  modeBackward(outputs: F32, dActions: F32, dOutputs: F32, B: number): void {
    const { actionSize: A, squashing } = this;
    const { kinds, rowStride } = this.bounds;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0, at = b * rowStride; j < A; j++, k++, at++) {
        if (kinds[at] === FORCED) {
          dOutputs[k] = 0;
          continue;
        }
        squashing.differentiate(outputs[k]!, at);
        dOutputs[k] = dActions[k]! * squashing.slope;
      }
    }
  }
}

class ObservedNoisyDeterministic extends NoisyDeterministic {
  observe(observation: F32, B: number): void {
    this.bounds.observe(observation, B);
  }
}
