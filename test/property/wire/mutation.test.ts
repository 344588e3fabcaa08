import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import { type GoldenMessage, goldenMessages, readGolden } from '../../golden/wire/messages.js';
import { reseal } from '../../helpers/wire.js';

/** The code of the error, or null for a value. Any error but those of the room fails the test. */
function outcome(golden: GoldenMessage, wire: Uint8Array): string | null {
  try {
    golden.decode(wire);
    return null;
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    expect(error.code).toMatch(/^WIRE_(CORRUPT|TOO_LARGE|VERSION_UNKNOWN)$/);
    expect(error.data).toMatchObject({ message: golden.message, field: expect.stringMatching(/./) });
    return error.code;
  }
}

describe.each(goldenMessages)('a $message that was damaged', (golden) => {
  const bytes = readGolden(`${golden.file}.bin`);
  const untouched = golden.decode(bytes);

  it('in any one bit is refused', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 1 << bit;
        expect(outcome(golden, damaged), `byte ${at}, bit ${bit}`).toBe('WIRE_CORRUPT');
      }
    }
  });

  it('by its end being cut off, or by something after it, is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(outcome(golden, bytes.subarray(0, length))).toBe('WIRE_CORRUPT');
    }
    for (const more of [1, 7, 300])
      expect(outcome(golden, Buffer.concat([bytes, Buffer.alloc(more, more)]))).not.toBeNull();
  });

  it('or replaced by any bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (any) => {
        expect(outcome(golden, any)).not.toBeNull();
      }),
    );
  });

  // From here on the checksum is right: without it, the checks behind it must hold alone.
  it('in any one byte, on purpose, is an error or a value', () => {
    for (let at = 7; at < bytes.length; at++) {
      for (const change of [0x01, 0x04, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= change;
        outcome(golden, reseal(golden.message, damaged));
      }
    }
  });

  it('by its end being cut off, on purpose, is an error or a value, and mostly an error', () => {
    let refused = 0;
    for (let length = 7; length < bytes.length; length++) {
      if (outcome(golden, reseal(golden.message, bytes.subarray(0, length))) !== null) refused++;
    }
    expect(refused).toBeGreaterThan((bytes.length - 7) / 4);
  });

  it('in several places, on purpose, is an error or a value', () => {
    const edit = fc.record({
      at: fc.integer({ min: 7, max: bytes.length }),
      remove: fc.nat({ max: 12 }),
      insert: fc.uint8Array({ maxLength: 12 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        const damaged = edits.reduce<Uint8Array>(
          (wire, { at, remove, insert }) => Buffer.concat([wire.subarray(0, at), insert, wire.subarray(at + remove)]),
          bytes,
        );
        outcome(golden, reseal(golden.message, damaged));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves no trace in what is decoded next', () => {
    expect(golden.decode(bytes)).toEqual(untouched);
  });
});
