import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { platformSha256, sha256 } from '../../../src/export/sha256.js';

const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('is that of node:crypto for every length about the blocks', () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, k) => 31 * k);
  for (let length = 0; length <= bytes.length; length++) {
    expect(sha256(bytes.subarray(0, length))).toBe(expected(bytes.subarray(0, length)));
  }
});

it('is that of node:crypto for any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => sha256(bytes) === expected(bytes)));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it('is the same by the platform, and without one', async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, k) => k);
  expect(await platformSha256(bytes.subarray(3))).toBe(expected(bytes.subarray(3)));
  expect(await platformSha256(new Uint8Array(new SharedArrayBuffer(5)))).toBe(expected(new Uint8Array(5)));
  vi.stubGlobal('crypto', {});
  expect(await platformSha256(bytes)).toBe(expected(bytes));
});
