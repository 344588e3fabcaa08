import { describe, expect, it } from 'vitest';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { RowBlocks } from '../../../src/networks/index.js';

describe('row blocks', () => {
  const kernels = createPlainKernels();

  it('start at multiples of maxRows and share the array’s memory', () => {
    const blocks = new RowBlocks(kernels, 2);
    const array = kernels.f32(15);
    array.forEach((_, k) => (array[k] = k));
    expect(blocks.floatsFrom(array, 3, 0)).toBe(array);
    const second = blocks.floatsFrom(array, 3, 2);
    expect([...second]).toEqual([12, 13, 14]);
    second[0] = 99;
    expect(array[12]).toBe(99);
    expect([...blocks.bytesFrom(Uint8Array.from([1, 2, 3, 4, 5]), 1, 1)]).toEqual([3, 4, 5]);
  });

  it('are the same objects every time, until the width changes', () => {
    const blocks = new RowBlocks(kernels, 2);
    const array = kernels.f32(12);
    const bytes = new Uint8Array(12);
    expect(blocks.floatsFrom(array, 3, 1)).toBe(blocks.floatsFrom(array, 3, 1));
    expect(blocks.bytesFrom(bytes, 3, 1)).toBe(blocks.bytesFrom(bytes, 3, 1));
    expect(blocks.floatsFrom(array, 2, 1)).toHaveLength(8);
  });

  it('of empty arrays are the arrays', () => {
    const blocks = new RowBlocks(kernels, 2);
    const empty = new Uint8Array(0);
    expect(blocks.bytesFrom(empty, 0, 3)).toBe(empty);
  });
});
