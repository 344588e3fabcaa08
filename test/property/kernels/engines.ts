import {
  createNativeKernels,
  createWasmKernels,
  type Kernels,
  nativeVectorWidths,
} from '../../../src/kernels/index.js';

/** What must give the bits of the plain form: WebAssembly, and the native kernels at every vector width that this processor has. */
export const ENGINES: readonly (readonly [name: string, create: () => Kernels])[] = [
  ['wasm', () => createWasmKernels()],
  ...nativeVectorWidths().map(
    (vectorWidth) =>
      [`native, ${32 * vectorWidth} bits`, () => createNativeKernels({ vectorWidth, always: true })] as const,
  ),
];
