import type { F32, Kernels } from '../../kernels/index.js';
import type { LayerActivation, PlacedLayer } from '../layers/index.js';

/** One layer, ready to compute up to R rows of operands that are always the same arrays. */
export interface ForwardLayer {
  /** f32[R, …shape]: of the rows of the last run. */
  readonly output: F32;
  /** f32[R, S]: what a recurrent layer remembers, before a run and after it; else null. */
  readonly memory: F32 | null;
  /** `parameters`: the layer's parts, in their order. */
  run(parameters: readonly F32[], rows: number): void;
}

/** What a layer works on: f32[R, …shape]. */
export interface Operand {
  readonly array: F32;
  readonly shape: readonly number[];
}

/** What a layer is made of. */
export interface LayerMaking {
  readonly kernels: Kernels;
  readonly arrays: LayerArrays;
  readonly layer: PlacedLayer;
  readonly operands: readonly Operand[];
  /** Of layers that have none of their own. */
  readonly activation: LayerActivation;
  /** R. */
  readonly rows: number;
  /** Where convolutions lay out what their filters see, one after the other. */
  readonly patches: F32;
}

/** The arrays of one network, given back to the kernels together. */
export class LayerArrays {
  private readonly kernels: Kernels;
  private readonly held: F32[] = [];
  private readonly others: { dispose(): void }[] = [];

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  f32(length: number): F32 {
    const array = this.kernels.f32(length);
    this.held.push(array);
    return array;
  }

  /** Keeps what has arrays of its own. */
  keep<T extends { dispose(): void }>(other: T): T {
    this.others.push(other);
    return other;
  }

  dispose(): void {
    for (const array of this.held) this.kernels.free(array);
    for (const other of this.others) other.dispose();
    this.held.length = 0;
    this.others.length = 0;
  }
}
