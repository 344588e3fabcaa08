import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';
import { Certain } from './certain.js';

/** The action is the network output. log p and entropy are 0 by convention and have no gradient: an algorithm that uses this
 *  law differentiates through the action itself. */
export function createDeterministic(size: number): ActionDistribution {
  return new Deterministic(size);
}

class Deterministic extends Certain {
  readonly freeParameterCount = 0;
  readonly noiseSize = 0;

  initialize(): void {}

  sample(outputs: F32, free: F32, mask: Uint8Array, _noise: F32, actions: F32, logProbs: F32, B: number): void {
    this.mode(outputs, free, mask, actions, B);
    logProbs.fill(0, 0, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const n = B * this.actionSize;
    for (let k = 0; k < n; k++) actions[k] = outputs[k]!;
  }
}
