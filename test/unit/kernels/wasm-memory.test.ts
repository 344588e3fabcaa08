import { describe, expect, test } from 'vitest';
import { createWasmKernels, type F32, RowMemory } from '../../../src/kernels/index.js';

const PAGE = 65_536;

describe('the memory of the WebAssembly kernels', () => {
  test('starts small and grows geometrically', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE });
    expect(kernels.memoryBytes).toBe(PAGE);
    const sizes = new Set<number>();
    for (let j = 0; j < 256; j++) {
      kernels.f32(4096);
      sizes.add(kernels.memoryBytes);
    }
    expect(kernels.memoryBytes).toBeGreaterThanOrEqual(256 * 16_384);
    expect(sizes.size).toBeLessThanOrEqual(8);
  });

  test('takes the first hole that fits, and joins neighboring holes', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE });
    const [a, b, c, d] = [256, 256, 256, 256].map((length) => kernels.f32(length));
    kernels.free(a);
    kernels.free(c);
    kernels.free(b);
    const joined = kernels.f32(3 * 256);
    expect(joined.byteOffset).toBe(a.byteOffset);
    kernels.free(joined);
    const small = kernels.f32(16);
    expect(small.byteOffset).toBe(a.byteOffset);
    expect(kernels.f32(256).byteOffset).toBe(a.byteOffset + 64);
    expect(d.byteOffset).toBe(a.byteOffset + 3 * 1024);
  });

  test('does not grow when the same arrays are made and freed again and again', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE });
    const round = (): void => {
      const arrays = [1000, 30, 7000, 1, 512].map((length) => kernels.f32(length));
      const order = [3, 0, 4, 1, 2];
      for (const index of order) kernels.free(arrays[index] as F32);
    };
    round();
    const { memoryBytes, allocatedBytes } = kernels;
    for (let j = 0; j < 500; j++) round();
    expect(kernels.memoryBytes).toBe(memoryBytes);
    expect(kernels.allocatedBytes).toBe(allocatedBytes);
  });

  test('an array may take the free end of the memory together with what is still to come', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE, maximumBytes: 4 * PAGE });
    const everything = kernels.f32((4 * PAGE - 64) / 4);
    expect(everything.byteOffset + everything.byteLength).toBe(4 * PAGE);
  });

  test('arrays of length 0 have an address of their own', () => {
    const kernels = createWasmKernels();
    const [a, b] = [kernels.f32(0), kernels.f32(0)];
    expect(a.byteOffset).not.toBe(b.byteOffset);
    kernels.free(a);
    kernels.free(b);
  });

  test('says when its limit is reached, and stays usable', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE, maximumBytes: 4 * PAGE });
    const kept = kernels.f32(32_768);
    expect(() => kernels.f32(40_000)).toThrow(
      expect.objectContaining({
        code: 'KERNEL_MEMORY_EXHAUSTED',
        data: expect.objectContaining({ maximumBytes: 4 * PAGE }),
      }),
    );
    kernels.free(kept);
    expect(kernels.f32(40_000)).toHaveLength(40_000);
  });

  test('memory for rows that cannot grow holds nothing, and is taken anew', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE, maximumBytes: 4 * PAGE });
    const rows = new RowMemory(kernels);
    const few = rows.take(1000);
    expect(rows.take(900)).toBe(few);
    expect(() => rows.take(4 * PAGE)).toThrow(expect.objectContaining({ code: 'KERNEL_MEMORY_EXHAUSTED' }));
    rows.dispose();
    expect(kernels.allocatedBytes).toBe(0);
    expect(rows.take(2000)).toHaveLength(2000);
    rows.dispose();
    expect(kernels.allocatedBytes).toBe(0);
  });

  test('addresses above 2 GiB work', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE });
    // Asked for but never touched, so that the system gives no page to it.
    kernels.f32(2 ** 29);
    const array = kernels.f32(5);
    expect(array.byteOffset).toBeGreaterThan(2 ** 31);
    array.set([3, 0, 0, 0, 4]);
    expect(kernels.clipGlobalNorm(array, 5, 2.5)).toBe(5);
    expect(array[4]).toBeCloseTo(2, 5);
  });

  test('scratch grows to the largest layer and is not counted as handed out', () => {
    const kernels = createWasmKernels({ initialBytes: PAGE });
    const [x, w, bias, y] = [4 * 200, 200 * 200, 200, 4 * 200].map((length) => kernels.f32(length)) as [
      F32,
      F32,
      F32,
      F32,
    ];
    const before = kernels.allocatedBytes;
    kernels.denseForward(x, w, bias, y, 4, 200, 200, 'none');
    const { memoryBytes } = kernels;
    for (const size of [1, 200, 3]) kernels.denseForward(x, w, bias, y, 4, size, size, 'none');
    expect(kernels.allocatedBytes).toBe(before);
    expect(kernels.memoryBytes).toBe(memoryBytes);
  });
});

test('a module that is not there is named, with what to do', () => {
  expect(() => createWasmKernels({ modulePath: '/nowhere/marlin.wasm' })).toThrow(
    expect.objectContaining({
      code: 'KERNEL_MODULE_MISSING',
      message: expect.stringMatching(/\/nowhere\/marlin\.wasm.*npm run build/),
      retryable: false,
    }),
  );
});
