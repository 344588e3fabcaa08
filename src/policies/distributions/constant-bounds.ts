import { type F32, type Kernels, RowMemory } from '../../kernels/index.js';
import { BOTH, type Bounds } from './bounds.js';
import { highestFloat32AtMost, lowestFloat32AtLeast } from './float32-neighbors.js';

/** Whether the kernels can squash into these bounds: constant ones on both sides of every element, whose distance float32 can tell. */
export function areConstantPairs({ observed, size, kinds, low, high }: Bounds): boolean {
  if (observed) return false;
  for (let j = 0; j < size; j++) {
    if (
      kinds[j] !== BOTH ||
      !Number.isFinite(Math.fround(lowestFloat32AtLeast(high[j]!) - highestFloat32AtMost(low[j]!)))
    )
      return false;
  }
  return true;
}

/** The bounds of `areConstantPairs` as `Kernels.squash` takes them. A bound that is no float32 is the next one outwards, so that actions
 *  keep a distance from it. */
export class ConstantBounds {
  private readonly bounds: Bounds;
  private readonly memory: RowMemory;
  private written: F32 | null = null;

  constructor(bounds: Bounds, kernels: Kernels) {
    this.bounds = bounds;
    this.memory = new RowMemory(kernels);
  }

  /** f32[4, A]: low, high, lowest, highest. */
  get rows(): F32 {
    this.written ??= this.write();
    return this.written;
  }

  dispose(): void {
    this.memory.dispose();
    this.written = null;
  }

  private write(): F32 {
    const { size: A, low, high, lowest, highest } = this.bounds;
    const rows = this.memory.take(4 * A);
    for (let j = 0; j < A; j++) {
      rows[j] = highestFloat32AtMost(low[j]!);
      rows[A + j] = lowestFloat32AtLeast(high[j]!);
      rows[2 * A + j] = lowest[j]!;
      rows[3 * A + j] = highest[j]!;
    }
    return rows;
  }
}
