import type { Clock } from '../base/index.js';

/** What a job id looks like, wherever it comes from. */
export const JOB_ID_PATTERN = /^[a-z0-9_-]{1,64}$/;

/** Crockford's base 32: no letters that are mistaken for digits; ascending, so that text order is number order. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 9;
const RANDOM_CHARACTERS = 8;

/** A new job id: 9 characters of milliseconds (ids of later times sort later), then 8 random ones (40 bits).
 *  `fillRandom` fills the bytes with unpredictable values; ids name jobs and have no effect on training. */
export function mintJobId(fillRandom: (bytes: Uint8Array) => Uint8Array, clock: Clock): string {
  let time = '';
  for (let left = Math.floor(clock.now()), i = 0; i < TIME_CHARACTERS; i++, left = Math.floor(left / 32)) {
    time = ALPHABET.charAt(left % 32) + time;
  }
  const bytes = fillRandom(new Uint8Array(RANDOM_CHARACTERS));
  return time + Array.from(bytes, (byte) => ALPHABET.charAt(byte % 32)).join('');
}
