import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/export/sha256.js';

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
