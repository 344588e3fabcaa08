import { MarlinError } from '../base/index.js';
import { createNativeKernels } from './native/kernels.js';
import { createPlainKernels } from './plain/kernels.js';
import type { Kernels } from './port.js';
import { createWasmKernels } from './wasm/kernels.js';

/** Names of engines; auto: native where it is installed and loads, else wasm. All give the same bits. */
export type EngineName = 'auto' | Kernels['name'];

/** The engine that "auto" is in this process, found once. */
let fastest: Exclude<Kernels['name'], 'plain'> | undefined;

/** Kernels of an engine, with a memory of their own. Throws KERNEL_NATIVE_MISSING where native ones are asked for by name and are
 *  not there, and KERNEL_MODULE_MISSING. */
export function createKernels(engine: EngineName): Kernels {
  switch (engine) {
    case 'plain':
      return createPlainKernels();
    case 'wasm':
      return createWasmKernels();
    case 'native':
      return createNativeKernels();
    case 'auto':
      return createFastest();
  }
}

/** The engine that `createKernels` makes for a name here. */
export function engineInUse(engine: EngineName): Kernels['name'] {
  if (engine !== 'auto') return engine;
  if (fastest === undefined) createFastest();
  return fastest!;
}

function createFastest(): Kernels {
  if (fastest !== 'wasm') {
    try {
      const kernels = createNativeKernels();
      fastest = 'native';
      return kernels;
    } catch (error) {
      if (!(error instanceof MarlinError) || error.code !== 'KERNEL_NATIVE_MISSING') throw error;
      fastest = 'wasm';
    }
  }
  return createWasmKernels();
}
