import type { F32, Kernels } from '../../../src/kernels/index.js';

const SPECIAL = [0, -0, 1, -1, 1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, -3.4028235e38, Infinity, -Infinity, NaN];

/** A small generator of its own, so that a failing case is its seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 4294967296;
  };
}

/** `plain` values are in [−2, 2); `tiny` ones reach into the denormals; `wild` ones include infinities, NaN and −0. */
export type Values = 'plain' | 'tiny' | 'wild';

export function values(next: () => number, n: number, kind: Values = 'plain'): Float32Array {
  return Float32Array.from({ length: n }, () => {
    if (kind === 'wild' && next() < 0.1) return SPECIAL[Math.floor(next() * SPECIAL.length)];
    const value = next() * 4 - 2;
    return kind === 'tiny' ? value * 2 ** (-60 - Math.floor(next() * 80)) : value;
  });
}

/** A kernel array with these values. */
export function place(kernels: Kernels, from: ArrayLike<number>): F32 {
  const array = kernels.f32(from.length);
  array.set(from);
  return array;
}

/** The bits, every NaN as the same word: which NaN it is is not specified. */
export function bits(array: Float32Array): number[] {
  return Array.from(new Uint32Array(Float32Array.from(array).buffer), (word, j) =>
    Number.isNaN(array[j]) ? 0x7fc00000 : word,
  );
}

/** Where the bits of two arrays first differ, or null: short enough to be read when it fails. */
export function difference(actual: Float32Array, expected: Float32Array): string | null {
  const [a, e] = [bits(actual), bits(expected)];
  const at = e.findIndex((word, j) => word !== a[j]);
  if (at < 0) return a.length === e.length ? null : `${a.length} elements, not ${e.length}`;
  const hex = (word: number): string => word.toString(16).padStart(8, '0');
  return `element ${at} of ${e.length}: ${actual[at]} (${hex(a[at])}), not ${expected[at]} (${hex(e[at])})`;
}

/** Largest |a − b| relative to 1 + |b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = 0;
  for (let j = 0; j < b.length; j++) worst = Math.max(worst, Math.abs(a[j] - b[j]) / (1 + Math.abs(b[j])));
  return worst;
}

export function matrix(from: ArrayLike<number>, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => from[r * columns + c]));
}
