import { readFileSync } from 'node:fs';
import { packageFile } from '../../base/index.js';
import { kernelError } from '../errors.js';
import type { KernelExports } from './exports.js';
import { type WasmMemory, type WasmModule, webAssembly } from './host.js';

/** The compiled module, once per thread. It depends on nothing but the file, so sharing it changes nothing. */
let compiled: WasmModule | undefined;

/** Throws KERNEL_MODULE_MISSING when there is no file, with the reader's or the compiler's error as its cause. */
function compileKernelModule(path: string): WasmModule {
  try {
    return new webAssembly.Module(readFileSync(path));
  } catch (cause) {
    throw kernelError(
      'KERNEL_MODULE_MISSING',
      `The WebAssembly kernels could not be loaded from ${path}. Run \`npm run build\`.`,
      { data: { path }, cause },
    );
  }
}

function packageModule(): WasmModule {
  compiled ??= compileKernelModule(packageFile('dist/kernels/marlin.wasm'));
  return compiled;
}

/** A kernel instance over `memory`. Only the package's own module is kept; one named by the caller is compiled each time. The
 *  module is built in this repository to fit `KernelExports`, and a test calls every export. */
export function instantiateKernels(memory: WasmMemory, modulePath?: string): KernelExports {
  const module = modulePath === undefined ? packageModule() : compileKernelModule(modulePath);
  return new webAssembly.Instance(module, { env: { memory } }).exports as KernelExports;
}
