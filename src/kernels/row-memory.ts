import type { F32, Kernels } from './port.js';

/** An array of kernel memory for rows of which nobody knows beforehand how many there will be: as long as was asked for so far, and
 *  taken when first needed. */
export class RowMemory {
  private readonly kernels: Kernels;
  private array: F32 | null = null;

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  /** At least so many numbers, which hold what they did only where that was long enough before; an array taken earlier is nobody's any
   *  more where it was not. Throws KERNEL_MEMORY_EXHAUSTED, and holds nothing then. */
  take(length: number): F32 {
    if (this.array === null || this.array.length < length) {
      this.dispose();
      this.array = this.kernels.f32(length);
    }
    return this.array;
  }

  dispose(): void {
    if (this.array !== null) this.kernels.free(this.array);
    this.array = null;
  }
}
