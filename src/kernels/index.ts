/** The numeric port and its engines: dense layers, optimizers, estimators, elementwise functions and random fills, each
 *  defined to the last bit (`docs/numerics.md`). `createWasmKernels` is the fast engine, `createPlainKernels` the
 *  specification in code, `reference` the same in float64 and paper form, for tests. The room knows no network, policy or
 *  trajectory. It may import base. */
export { createKernels, type EngineName, engineInUse } from './engines.js';
export * from './errors.js';
export * from './groups.js';
export * from './laws.js';
export { nativeVectorWidths, type VectorWidth } from './native/addon.js';
export { createNativeKernels, type NativeKernelsOptions } from './native/kernels.js';
export { createPlainKernels } from './plain/kernels.js';
export * from './port.js';
export * as reference from './reference/index.js';
export { RowMemory } from './row-memory.js';
export { createWasmKernels, type WasmKernelsOptions } from './wasm/kernels.js';
