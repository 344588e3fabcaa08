import type { F32 } from '../../kernels/index.js';
import type { ActionDistribution } from '../distribution.js';

/** Laws of actions that the outputs fix, up to noise that nobody learns: log p and entropy are 0 by convention and have no gradient. An
 *  algorithm that uses one differentiates through the action itself. */
export abstract class Certain implements ActionDistribution {
  abstract readonly freeParameterCount: number;
  abstract readonly noiseSize: number;
  readonly actionSize: number;
  readonly outputSize: number;
  readonly maskSize = 0;
  readonly noiseKind = 'normal';

  constructor(size: number) {
    this.actionSize = size;
    this.outputSize = size;
  }

  abstract initialize(free: F32): void;
  abstract sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void;
  abstract mode(outputs: F32, free: F32, mask: Uint8Array, actions: F32, B: number): void;

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
