import { type F32, type Kernels, RowMemory } from '../../kernels/index.js';
import type { Bounds } from './bounds.js';

/** Bounds as the kernels of bounded Gaussians take them: low, high, lowest and highest action, for all rows or for each. */
export class KernelBounds {
  private readonly bounds: Bounds;
  private readonly memory: RowMemory;
  private written: F32 | null = null;

  constructor(bounds: Bounds, kernels: Kernels) {
    this.bounds = bounds;
    this.memory = new RowMemory(kernels);
  }

  /** f32[4, A], or f32[B, 4, A] of the rows observed last. */
  get rows(): F32 {
    if (this.written === null) {
      this.written = this.memory.take(4 * this.bounds.size);
      this.bounds.writeConstant(this.written);
    }
    return this.written;
  }

  /** The bounds of rows whose observations are f32[B, F]. Throws POLICY_BOUNDS_CROSSED. */
  observe(observation: F32, B: number): void {
    this.written = this.memory.take(4 * this.bounds.size * B);
    this.bounds.writeObserved(observation, B, this.written);
  }

  dispose(): void {
    this.memory.dispose();
    this.written = null;
  }
}
