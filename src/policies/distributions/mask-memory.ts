import type { I32, Kernels } from '../../kernels/index.js';

/** Kernel memory of a law for the action masks of a call, taken when first needed. */
export class MaskMemory {
  private readonly kernels: Kernels;
  private array: I32 | null = null;
  private bytes: Uint8Array = new Uint8Array(0);
  /** The first bytes of masks that are longer than asked for, as long as those live: blocks of rows come again and again. */
  private readonly parts = new WeakMap<Uint8Array, Uint8Array>();

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  /** The first `length` bytes of a mask, four to an element. */
  take(mask: Uint8Array, length: number): I32 {
    if (this.array === null || this.bytes.length < length) {
      this.dispose();
      this.array = this.kernels.i32(Math.ceil(length / 4));
      this.bytes = new Uint8Array(this.array.buffer, this.array.byteOffset, this.array.byteLength);
    }
    this.bytes.set(mask.length === length ? mask : this.partOf(mask, length));
    return this.array;
  }

  dispose(): void {
    if (this.array !== null) this.kernels.free(this.array);
    this.array = null;
  }

  private partOf(mask: Uint8Array, length: number): Uint8Array {
    const known = this.parts.get(mask);
    if (known?.length === length) return known;
    const part = mask.subarray(0, length);
    this.parts.set(mask, part);
    return part;
  }
}
