import { describe, expect, it } from 'vitest';
import { goldenMessages, readGolden } from './messages.js';

/** These bytes were written once and are decoded for ever; a file is added when a message grows, and none is changed. */
describe.each(goldenMessages)('the kept bytes of $message in $file', ({ file, decode, encode }) => {
  const bytes = readGolden(`${file}.bin`);
  const expected: unknown = JSON.parse(readGolden(`${file}.json`).toString());

  it('are decoded to what they meant', () => {
    expect(decode(bytes)).toEqual(expected);
  });

  it('are decoded at any address', () => {
    for (let shift = 1; shift < 8; shift++) {
      const moved = new Uint8Array(bytes.length + 8).subarray(shift, shift + bytes.length);
      moved.set(bytes);
      expect(decode(moved)).toEqual(expected);
    }
  });

  it('are what is written today', () => {
    expect(Buffer.from(encode(expected as never)).toString('hex')).toBe(bytes.toString('hex'));
  });
});
