import { cosTurnsF32, logF32, sinTurnsF32 } from './math/index.js';
import { writePhilox } from './philox.js';
import type { StreamPosition } from './stream-identity.js';

const f = Math.fround;
const TWO_32 = 4294967296;
/** 2⁻²⁴ */
const UNIT_24 = 5.9604644775390625e-8;

const words = new Uint32Array(4);
const normals = new Float32Array(2);

/** Writes the four words of block `block` of a stream to out[offset …]. */
export function writeBlock(
  position: Omit<StreamPosition, 'block'>,
  block: number,
  out: Uint32Array,
  offset: number,
): void {
  const { key0, key1, high0, high1 } = position;
  writePhilox(block, Math.floor(block / TWO_32), high0, high1, key0, key1, out, offset);
}

/** A word as a float32 in [0, 1): its upper 24 bits. */
export function uniformOfWord(word: number): number {
  return (word >>> 8) * UNIT_24;
}

/** Two standard normals of two words, to out[0] and out[1], in float32: R cos 2πu₂ and R sin 2πu₂ with R = √(−2 ln u₁), u₁
 *  in (0, 1] so that the logarithm is finite: |normal| ≤ 5.77. Source: Box and Muller 1958. */
export function normalsOfWords(word0: number, word1: number, out: Float32Array): void {
  const radius = f(Math.sqrt(f(-2 * logF32(((word0 >>> 8) + 1) * UNIT_24))));
  const turn = (word1 >>> 8) * UNIT_24;
  out[0] = f(radius * cosTurnsF32(turn));
  out[1] = f(radius * sinTurnsF32(turn));
}

/** Fills output[offset … offset + n − 1] with uniforms in [0, 1) from whole blocks, the first at `position`; the words of the
 *  last block beyond n are dropped. */
export function fillUniformFrom(position: StreamPosition, output: Float32Array, offset: number, n: number): void {
  for (let done = 0, block = position.block; done < n; done += 4, block++) {
    writeBlock(position, block, words, 0);
    const count = Math.min(4, n - done);
    for (let k = 0; k < count; k++) output[offset + done + k] = uniformOfWord(words[k]);
  }
}

/** Fills output[offset … offset + n − 1] with standard normals, words 0 and 1 of a block giving its normals 0 and 1, words 2
 *  and 3 its normals 2 and 3. Otherwise as `fillUniformFrom`. */
export function fillNormalFrom(position: StreamPosition, output: Float32Array, offset: number, n: number): void {
  for (let done = 0, block = position.block; done < n; done += 4, block++) {
    writeBlock(position, block, words, 0);
    for (let pair = done; pair < Math.min(done + 4, n); pair += 2) {
      normalsOfWords(words[pair - done], words[pair - done + 1], normals);
      output[offset + pair] = normals[0];
      if (pair + 1 < n) output[offset + pair + 1] = normals[1];
    }
  }
}
