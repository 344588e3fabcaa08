import { RandomStream } from '../../../src/base/index.js';
import type { F32, Kernels } from '../../../src/kernels/index.js';

export function filled(kernels: Kernels, values: ArrayLike<number>): F32 {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
}

export function normals(kernels: Kernels, n: number, seed: number): F32 {
  const random = new RandomStream(seed, 'test');
  return filled(
    kernels,
    Array.from({ length: n }, () => random.normal()),
  );
}

export const bits = (array: Float32Array, n = array.length): number[] => [...new Uint32Array(array.slice(0, n).buffer)];
