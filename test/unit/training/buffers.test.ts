import { expect, test } from 'vitest';
import { BufferPool } from '../../../src/training/buffers.js';

test('a pool hands out what it was given, each buffer to one caller', () => {
  const pool = new BufferPool(2);
  expect(pool.take()).toBeUndefined();
  const [first, second] = [new SharedArrayBuffer(8), new SharedArrayBuffer(16)];
  pool.give(first);
  pool.give(second);
  const taken = [pool.take(), pool.take()];
  expect(new Set(taken)).toEqual(new Set([first, second]));
  expect(pool.take()).toBeUndefined();
});

test('it keeps no more than its limit', () => {
  const pool = new BufferPool(2);
  for (let i = 0; i < 5; i++) pool.give(new SharedArrayBuffer(8));
  expect([pool.take(), pool.take()].every((buffer) => buffer instanceof SharedArrayBuffer)).toBe(true);
  expect(pool.take()).toBeUndefined();
});

test('it keeps no memory that threads cannot share', () => {
  const pool = new BufferPool(2);
  pool.give(new ArrayBuffer(8));
  expect(pool.take()).toBeUndefined();
});

test('for another job it keeps the memory that suits its batches, as much as it may', () => {
  const pool = new BufferPool(4);
  const [small, fitting, larger, huge] = [15, 16, 64, 65].map((bytes) => new SharedArrayBuffer(bytes)) as [
    SharedArrayBuffer,
    SharedArrayBuffer,
    SharedArrayBuffer,
    SharedArrayBuffer,
  ];
  for (const buffer of [small, fitting, larger, huge]) pool.give(buffer);
  pool.prepare(3, 16);
  expect(new Set([pool.take(), pool.take()])).toEqual(new Set([fitting, larger]));
  expect(pool.take()).toBeUndefined();
  for (let i = 0; i < 5; i++) pool.give(new SharedArrayBuffer(16));
  pool.prepare(2, 16);
  expect([pool.take(), pool.take(), pool.take()].map((buffer) => buffer?.byteLength)).toEqual([16, 16, undefined]);
});
