import type { F32, Kernels } from '../../kernels/index.js';

/** Kernel memory of a law for what it computes by the row: as long as was asked for so far, and taken when first needed. */
export class RowMemory {
  private readonly kernels: Kernels;
  private array: F32 | null = null;

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  /** At least so many numbers, which hold what they did only where that was long enough before. */
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
