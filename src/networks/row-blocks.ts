import type { F32, Kernels } from '../kernels/index.js';

interface Parts<A> {
  readonly width: number;
  readonly parts: A[];
}

/** Row blocks of larger arrays, for functions that take at most `maxRows` rows. A block's view is made once per array and
 *  kept as long as the array lives, so a loop over the same arrays allocates nothing after its first round. */
export class RowBlocks {
  readonly maxRows: number;
  private readonly kernels: Kernels;
  private readonly floats = new WeakMap<F32, Parts<F32>>();
  private readonly bytes = new WeakMap<Uint8Array, Parts<Uint8Array>>();

  constructor(kernels: Kernels, maxRows: number) {
    this.kernels = kernels;
    this.maxRows = maxRows;
  }

  /** Rows [block·maxRows, end) of array f32[·, width]; block 0 is the array itself. */
  floatsFrom(array: F32, width: number, block: number): F32 {
    if (block === 0 || width === 0) return array;
    const parts = partsOf(this.floats, array, width);
    const known = parts[block];
    if (known !== undefined) return known;
    const first = block * this.maxRows * width;
    const part = this.kernels.view(array, first, array.length - first);
    parts[block] = part;
    return part;
  }

  /** The same for bytes u8[·, width], such as action masks. */
  bytesFrom(array: Uint8Array, width: number, block: number): Uint8Array {
    if (block === 0 || width === 0) return array;
    const parts = partsOf(this.bytes, array, width);
    const known = parts[block];
    if (known !== undefined) return known;
    const part = array.subarray(block * this.maxRows * width);
    parts[block] = part;
    return part;
  }
}

function partsOf<A extends object>(cache: WeakMap<A, Parts<A>>, array: A, width: number): A[] {
  let entry = cache.get(array);
  if (entry?.width !== width) {
    entry = { width, parts: [] };
    cache.set(array, entry);
  }
  return entry.parts;
}
