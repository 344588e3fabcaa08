/** A module of one function, () → v128: f32x4.splat(0). It is valid exactly where 128-bit vectors are. */
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 11, 1, 9, 0, 67, 0, 0, 0, 0, 253, 19, 11,
];

interface WebAssemblyLike {
  validate(bytes: Uint8Array): boolean;
}

/** Whether this Node runs WASM SIMD. */
export function hasWasmSimd(): boolean {
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyLike };
  return WebAssembly?.validate(Uint8Array.from(SIMD_MODULE)) ?? false;
}
