import { expect } from 'vitest';
import { createWasmKernels, type Kernels } from '../../src/kernels/index.js';

const PAGE = 65_536;
const LINE = 64;
/** Places at which memory ends. */
const ENDS = 23;

/** Makes something in memories that end before it is whole, at places spread over all that it takes, and expects that each refuses it
 *  and has again what it had. */
export function expectAllOrNothing(make: (kernels: Kernels) => unknown): void {
  const ample = createWasmKernels();
  make(ample);
  const needed = ample.allocatedBytes;
  const maximumBytes = (Math.ceil(needed / PAGE) + 1) * PAGE;
  const kernels = createWasmKernels({ initialBytes: PAGE, maximumBytes });
  for (let end = 0; end < ENDS; end++) {
    // The first line of a memory is nobody's.
    const left = Math.floor(((end + 0.5) * needed) / ENDS / LINE) * LINE;
    const other = kernels.f32((maximumBytes - LINE - left) / 4);
    const before = kernels.allocatedBytes;
    expect(() => make(kernels), `${left} of ${needed} bytes`).toThrow(
      expect.objectContaining({ code: 'KERNEL_MEMORY_EXHAUSTED' }),
    );
    expect(kernels.allocatedBytes, `after ${left} of ${needed} bytes`).toBe(before);
    kernels.free(other);
  }
}
