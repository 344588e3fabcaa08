import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import {
  type Checkpoint,
  type CheckpointTensor,
  DTYPE_BYTES,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../../src/checkpoints/index.js';
import { checkpointOf, plain } from '../../contract/checkpoints/making.js';

const RESERVED = ['__proto__', 'constructor', 'prototype'];
const name = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).filter((text) => !RESERVED.includes(text));

const tensor: fc.Arbitrary<CheckpointTensor> = fc
  .record({
    name,
    dtype: fc.constantFrom('f32', 'f64', 'i32', 'u8'),
    shape: fc.array(fc.nat(5), { maxLength: 4 }),
    fill: fc.nat(255),
  })
  .map(({ name, dtype, shape, fill }) => {
    const length = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
    return { name, dtype, shape, bytes: Uint8Array.from({ length }, (_, i) => (i * 31 + fill) & 255) };
  });

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    // −0 is 0 in JSON.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const checkpoint: fc.Arbitrary<Checkpoint> = fc.record({
  iteration: fc.maxSafeNat(),
  facts: fc.dictionary(name, json, { maxKeys: 5 }),
  tensors: fc.uniqueArray(tensor, { selector: (each) => each.name, maxLength: 6 }),
});

/** Decodes, or gives the code of the error; anything but a MarlinError is a defect. */
function outcome(bytes: Uint8Array): unknown {
  try {
    return plain(decodeCheckpoint(bytes, 'mutant'));
  } catch (error) {
    if (error instanceof MarlinError) return error.code;
    throw error;
  }
}

/** What an attacker who knows the format does after a change. */
function reseal(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, bytes.length - 32);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

const TYPED = ['CHECKPOINT_CORRUPT', 'CHECKPOINT_VERSION_UNKNOWN'];

describe('checkpoint format', () => {
  it('gives back any checkpoint', () => {
    fc.assert(
      fc.property(checkpoint, (saved) => {
        const bytes = encodeCheckpoint(saved);
        // Through JSON once, because dictionaries come without a prototype.
        const expected = { ...(plain(saved) as object), facts: JSON.parse(JSON.stringify(saved.facts)) };
        expect(plain(decodeCheckpoint(bytes, 'it'))).toEqual(expected);
        expect(Buffer.compare(encodeCheckpoint(decodeCheckpoint(bytes, 'it')), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('notices every changed byte', () => {
    const whole = encodeCheckpoint(checkpointOf(7));
    for (let position = 0; position < whole.length; position++) {
      const mutant = whole.slice();
      mutant[position] = (mutant[position] ?? 0) ^ (1 << (position % 8));
      expect(outcome(mutant), `byte ${position}`).toBe('CHECKPOINT_CORRUPT');
    }
  });

  it('answers every mutation with a typed error, or with the same checkpoint', () => {
    const whole = encodeCheckpoint(checkpointOf(7));
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
    const splice = fc.record({
      at: fc.nat(whole.length),
      remove: fc.nat(64),
      insert: fc.uint8Array({ maxLength: 64 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.option(splice), fc.boolean(), (changes, cut, sealed) => {
        let mutant = whole.slice();
        for (const { at, to } of changes) mutant[at] = to;
        if (cut !== null) {
          mutant = Uint8Array.from([
            ...mutant.subarray(0, cut.at),
            ...cut.insert,
            ...mutant.subarray(cut.at + cut.remove),
          ]);
        }
        const same = Buffer.compare(mutant, whole) === 0;
        const result = outcome(sealed && mutant.length >= 32 ? reseal(mutant) : mutant);
        if (same) expect(result).toEqual(plain(checkpointOf(7)));
        // With a right checksum, changed tensor values and facts are another checkpoint, not a damaged one.
        else if (!sealed || typeof result === 'string') expect(TYPED).toContain(result);
      }),
      { numRuns: 500 },
    );
  });

  it('answers every header with a typed error or a checkpoint, when its checksum is right', () => {
    const whole = encodeCheckpoint(checkpointOf(7));
    const headerBytes = new DataView(whole.buffer).getUint32(12, true);
    fc.assert(
      fc.property(fc.nat(headerBytes - 1), fc.nat(126 - 32), (at, offset) => {
        const mutant = whole.slice();
        mutant[16 + at] = 32 + offset;
        const result = outcome(reseal(mutant));
        if (typeof result === 'string') expect(TYPED).toContain(result);
      }),
      { numRuns: 2000 },
    );
  });

  it('answers any bytes with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(outcome(bytes)).toBe('CHECKPOINT_CORRUPT');
      }),
    );
  });
});
