import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillNormalFrom, fillUniformFrom, RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../src/kernels/index.js';
import { difference } from './arrays.js';
import { ENGINES } from './engines.js';

const ALL: readonly (readonly [string, () => Kernels])[] = [['plain', createPlainKernels], ...ENGINES];

const FILLS = [
  ['fillUniform', fillUniformFrom],
  ['fillNormal', fillNormalFrom],
] as const;

/** Where a counter's lower word wraps around within a group of four blocks, and elsewhere. */
const block = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 32 - 4, 2 ** 32 - 3, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 3 * 2 ** 32 - 2),
  fc.integer({ min: 0, max: 2 ** 52 }),
);

describe.each(ALL)('%s kernels', (_name, create) => {
  const kernels = create();

  test.each(FILLS)('%s has the bits of the scalar form, and stops at n', (name, scalar) => {
    fc.assert(
      fc.property(fc.nat(), block, fc.integer({ min: 0, max: 70 }), (seed, first, n) => {
        const position = { ...new RandomStream(seed, 'fill').identity, block: first };
        const output = kernels.f32(n + 8);
        output.fill(7);
        const expected = new Float32Array(n + 8).fill(7);
        kernels[name](position, output, n);
        scalar(position, expected, 0, n);
        expect(difference(output, expected)).toBeNull();
        kernels.free(output);
      }),
    );
  });

  test.each(FILLS)('%s has them over 40,000 elements', (name, scalar) => {
    const random = new RandomStream(5, 'long');
    const output = kernels.f32(40_001);
    const expected = new Float32Array(40_001);
    const position = random.takeBlocks(10_001);
    kernels[name](position, output, 40_001);
    scalar(position, expected, 0, 40_001);
    expect(difference(output, expected)).toBeNull();
    kernels.free(output);
  });
});

test('permutations have the bits of the stream, and leave it where the stream would', () => {
  const wasm = createWasmKernels();
  for (const n of [0, 1, 2, 3, 255, 1024, 1025, 5000]) {
    const [expected, actual] = [new RandomStream(7, 'permute', n), new RandomStream(7, 'permute', n)];
    const plain = new Int32Array(n);
    expected.permutation(plain, n);
    const output = wasm.i32(Math.max(1, n));
    wasm.permutation(actual, output, n);
    expect(Array.from(output.subarray(0, n))).toEqual(Array.from(plain));
    expect(actual.block).toBe(expected.block);
    expect(actual.uint32()).toBe(expected.uint32());
  }
});
