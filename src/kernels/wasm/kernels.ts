import type { Kernels } from '../port.js';
import { AddressedKernels } from './addressed-kernels.js';
import { KernelMemory, MAXIMUM_BYTES } from './memory.js';
import { instantiateKernels } from './module.js';
import { denseScratch } from './scratch.js';

export interface WasmKernelsOptions {
  /** Bytes taken at first, rounded up to pages of 64 KiB. Default 1 MiB; memory doubles when it is full. */
  readonly initialBytes?: number;
  /** Bytes never exceeded, rounded down to pages. Default and most: 4 GiB less one page. */
  readonly maximumBytes?: number;
  /** File of the compiled module, for bundles that move it. Default: dist/kernels/marlin.wasm of this package. */
  readonly modulePath?: string;
}

/** The kernels in WebAssembly SIMD, with a memory of their own. Synchronous: about a millisecond in a new thread.
 *  Throws KERNEL_MODULE_MISSING when the module is not there or is no module. */
export function createWasmKernels(options: WasmKernelsOptions = {}): Kernels {
  const memory = new KernelMemory(options.initialBytes ?? 1 << 20, options.maximumBytes ?? MAXIMUM_BYTES);
  return new AddressedKernels('wasm', memory, instantiateKernels(memory.memory, options.modulePath), denseScratch);
}
