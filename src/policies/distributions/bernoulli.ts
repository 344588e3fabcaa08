import { expF64, logF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { emptyMask } from '../empty-mask.js';

/** Independent yes-or-no decisions: P(a_j = 1) = sigmoid(x_j), x = outputs f32[B, A], actions 0 or 1.
 *  Where masked, mask u8[B, 2·A]: for each element whether 0 is legal, then whether 1 is. An element with one legal value takes it
 *  with probability 1 and its output has gradient 0. Throws POLICY_MASK_EMPTY.
 *  Arithmetic in float64 on float32 arrays, rounded once on store. */
export function createBernoulli(size: number, masked: boolean): ActionDistribution {
  return new Bernoulli(size, masked);
}

const FREE = -1;

class Bernoulli implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount = 0;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind = 'uniform';
  private readonly masked: boolean;

  constructor(size: number, masked: boolean) {
    this.actionSize = size;
    this.outputSize = size;
    this.noiseSize = size;
    this.masked = masked;
    this.maskSize = masked ? 2 * size : 0;
  }

  initialize(): void {}

  sample(outputs: F32, _free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    for (let b = 0, k = 0; b < B; b++) {
      let logProb = 0;
      for (let j = 0; j < A; j++, k++) {
        const forced = this.forcedValue(mask, k, b, j);
        const x = outputs[k]!;
        const action = forced !== FREE ? forced : noise[k]! < sigmoid(x) ? 1 : 0;
        actions[k] = action;
        logProb += logProbOf(x, action, forced);
      }
      logProbs[b] = logProb;
    }
  }

  /** 1 where it is more likely than 0; 0 where both are equally likely. */
  mode(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, B: number): void {
    const A = this.actionSize;
    for (let b = 0, k = 0; b < B; b++) {
      for (let j = 0; j < A; j++, k++) {
        const forced = this.forcedValue(mask, k, b, j);
        actions[k] = forced !== FREE ? forced : outputs[k]! > 0 ? 1 : 0;
      }
    }
  }

  logProb(outputs: F32, _free: F32, mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    const A = this.actionSize;
    for (let b = 0, k = 0; b < B; b++) {
      let logProb = 0;
      for (let j = 0; j < A; j++, k++) {
        logProb += logProbOf(outputs[k]!, actions[k]!, this.forcedValue(mask, k, b, j));
      }
      logProbs[b] = logProb;
    }
  }

  /** H = softplus(x) − x·sigmoid(x), written for |x|: the law of 0 and 1 exchanged has the same entropy. */
  entropy(outputs: F32, _free: F32, mask: Uint8Array, entropies: F32, B: number): void {
    const A = this.actionSize;
    for (let b = 0, k = 0; b < B; b++) {
      let entropy = 0;
      for (let j = 0; j < A; j++, k++) {
        if (this.forcedValue(mask, k, b, j) !== FREE) continue;
        const size = Math.abs(outputs[k]!);
        const tail = expF64(-size);
        entropy += logF64(1 + tail) + (size * tail) / (1 + tail);
      }
      entropies[b] = entropy;
    }
  }

  /** ∂log p(a)/∂x = a − p,  ∂H/∂x = −x p (1 − p). */
  backward(
    outputs: F32,
    _free: F32,
    mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    _dFree: F32,
    B: number,
  ): void {
    const A = this.actionSize;
    for (let b = 0, k = 0; b < B; b++) {
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      for (let j = 0; j < A; j++, k++) {
        if (this.forcedValue(mask, k, b, j) !== FREE) {
          dOutputs[k] = 0;
          continue;
        }
        const x = outputs[k]!;
        const p = sigmoid(x);
        dOutputs[k] = dLogProb * (actions[k]! - p) - dEntropy * (x * (p * sigmoid(-x)));
      }
    }
  }

  project(): void {}

  /** The only legal value of an element, or FREE. `index` is b·A + j. */
  private forcedValue(mask: Uint8Array, index: number, row: number, element: number): number {
    if (!this.masked) return FREE;
    const zeroLegal = mask[2 * index] !== 0;
    const oneLegal = mask[2 * index + 1] !== 0;
    if (zeroLegal && oneLegal) return FREE;
    if (zeroLegal) return 0;
    if (oneLegal) return 1;
    throw emptyMask(row, element);
  }
}

function sigmoid(x: number): number {
  const tail = expF64(-Math.abs(x));
  return x < 0 ? tail / (1 + tail) : 1 / (1 + tail);
}

/** −softplus(−x) for 1, −softplus(x) for 0. */
function logProbOf(x: number, action: number, forced: number): number {
  if (forced !== FREE) return action === forced ? 0 : -Infinity;
  const against = action === 1 ? -x : x;
  const softplus = logF64(1 + expF64(-Math.abs(x))) + (against > 0 ? against : 0);
  return -softplus;
}
