/** Where TensorFlow.js computes: the C library of TensorFlow, the same with a graphics processor, its WebAssembly kernels, or plain
 *  JavaScript. auto is the first of native, wasm and cpu that works. */
export const TENSORFLOW_BACKENDS = ['auto', 'native', 'gpu', 'wasm', 'cpu'] as const;
export type TensorflowBackend = (typeof TENSORFLOW_BACKENDS)[number];
