import { baseError } from './errors.js';
import { writePhilox } from './philox.js';

/** The 128 bits that tell one random stream from every other: a Philox key and the upper half of its counter. */
export interface StreamIdentity {
  readonly key0: number;
  readonly key1: number;
  readonly high0: number;
  readonly high1: number;
}

/** Where a random stream stands: its identity and the number of its next block, 0 to 2⁵³ − 1. The counter of a block is
 *  [block mod 2³², ⌊block / 2³²⌋, high0, high1], least significant word first. */
export interface StreamPosition extends StreamIdentity {
  readonly block: number;
}

const TWO_32 = 4294967296;
const encoder = new TextEncoder();

/** Derives the identity of (seed, purpose, indices) by a hash chain over Philox: state ← Philox(state; pair) xor state, for
 *  the pairs of 32-bit words of
 *
 *      [seed]  [bytes of purpose, number of indices]  [purpose in UTF-8, 8 bytes a pair, zero-padded]  [index] …
 *
 *  integers as (lower, upper) word, bytes little-endian, from the state "marlin random v1" in ASCII. The lengths come before
 *  what they measure, so no two different tuples give the same pairs; two identities coincide with probability 2⁻¹²⁸.
 *  Throws RANDOM_KEY_INVALID unless seed and indices are integers from 0 to 2⁵³ − 1. */
export function deriveIdentity(seed: number, purpose: string, indices: readonly number[]): StreamIdentity {
  const state = new Uint32Array([0x6c72616d, 0x72206e69, 0x6f646e61, 0x3176206d]);
  const block = new Uint32Array(4);
  const absorb = (word0: number, word1: number): void => {
    writePhilox(state[0], state[1], state[2], state[3], word0, word1, block, 0);
    for (let k = 0; k < 4; k++) state[k] ^= block[k];
  };
  const absorbInteger = (value: number, name: string): void => {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw baseError(
        'RANDOM_KEY_INVALID',
        `The ${name} of random stream "${purpose}" is ${value}; give an integer from 0 to 9007199254740991.`,
        { data: { name, value, purpose } },
      );
    }
    absorb(value >>> 0, Math.floor(value / TWO_32));
  };
  const bytes = encoder.encode(purpose);
  const word = (at: number): number =>
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

  absorbInteger(seed, 'seed');
  absorb(bytes.length, indices.length);
  for (let at = 0; at < bytes.length; at += 8) absorb(word(at), word(at + 4));
  for (let k = 0; k < indices.length; k++) absorbInteger(indices[k], `index ${k}`);
  return { key0: state[0], key1: state[1], high0: state[2], high1: state[3] };
}
