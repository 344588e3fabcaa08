import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';

/** The action is the network output. log p and entropy are 0 by convention and have no gradient: an algorithm that uses this
 *  law differentiates through the action itself. */
export function createDeterministic(size: number): ActionDistribution {
  return new Deterministic(size);
}

class Deterministic implements ActionDistribution {
  readonly actionSize: number;
  readonly outputSize: number;
  readonly freeParameterCount = 0;
  readonly maskSize = 0;
  readonly noiseSize = 0;
  readonly noiseKind = 'normal';

  constructor(size: number) {
    this.actionSize = size;
    this.outputSize = size;
  }

  initialize(): void {}

  sample(outputs: F32, free: F32, mask: Uint8Array, _noise: F32, actions: F32, logProbs: F32, B: number): void {
    this.mode(outputs, free, mask, actions, B);
    logProbs.fill(0, 0, B);
  }

  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const n = B * this.actionSize;
    for (let k = 0; k < n; k++) actions[k] = outputs[k]!;
  }

  logProb(_outputs: F32, _free: F32, _mask: Uint8Array, _actions: F32, logProbs: F32, B: number): void {
    logProbs.fill(0, 0, B);
  }

  entropy(_outputs: F32, _free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    entropies.fill(0, 0, B);
  }

  backward(
    _outputs: F32,
    _free: F32,
    _mask: Uint8Array,
    _actions: F32,
    _dLogProbs: F32,
    _dEntropies: F32,
    dOutputs: F32,
    _dFree: F32,
    B: number,
  ): void {
    dOutputs.fill(0, 0, B * this.outputSize);
  }

  project(): void {}
}
