import { baseError } from './errors.js';
import { multiplyHigh } from './philox.js';
import { fillNormalFrom, fillUniformFrom, normalsOfWords, uniformOfWord, writeBlock } from './random-fill.js';
import { deriveIdentity, type StreamIdentity, type StreamPosition } from './stream-identity.js';

export { philox4x32 } from './philox.js';
export { fillNormalFrom, fillUniformFrom } from './random-fill.js';
export type { StreamIdentity, StreamPosition } from './stream-identity.js';

const TWO_32 = 4294967296;
const TWO_26 = 67108864;
/** 2⁻⁵³ */
const UNIT_53 = 1.1102230246251565e-16;

/** Random numbers that are a function of (seed, purpose, …indices) and of nothing else: block b of a stream is Philox4x32-10
 *  of a counter that holds b, so any part of it can be had at once, on any machine. `docs/numerics.md` has the bits.
 *
 *  Scalar draws take words in order. Bulk draws (`takeBlocks`, the fills, `permutation`) begin at a whole block and end with
 *  one: what is left of a block that was begun, and a second normal not yet handed out, are dropped.
 *  One stream belongs to one piece of work; there is none to share and none to save. */
export class RandomStream {
  readonly identity: StreamIdentity;
  readonly #words = new Uint32Array(4);
  readonly #normals = new Float32Array(2);
  #block = 0;
  #cursor = 4;
  #hasNormal = false;

  /** Throws RANDOM_KEY_INVALID unless seed and indices are integers from 0 to 2⁵³ − 1. */
  constructor(seed: number, purpose: string, ...indices: number[]) {
    this.identity = deriveIdentity(seed, purpose, indices);
  }

  /** Number of the next block of which no word has been used. */
  get block(): number {
    return this.#block;
  }

  /** The next word. */
  uint32(): number {
    if (this.#cursor === 4) {
      writeBlock(this.identity, this.#block++, this.#words, 0);
      this.#cursor = 0;
    }
    return this.#words[this.#cursor++];
  }

  /** Uniform on [0, 1), a float32: the upper 24 bits of a word. */
  uniform(): number {
    return uniformOfWord(this.uint32());
  }

  /** Uniform on [0, 1) with 53 bits: the upper 27 of one word, then the upper 26 of the next. */
  uniformF64(): number {
    const upper = this.uint32() >>> 5;
    return (upper * TWO_26 + (this.uint32() >>> 6)) * UNIT_53;
  }

  /** Standard normal, a float32. Normals come in pairs, from words 0 and 1 or 2 and 3 of a block (an odd word is left
   *  out); the second of a pair is kept for the next call. */
  normal(): number {
    if (this.#hasNormal) {
      this.#hasNormal = false;
      return this.#normals[1];
    }
    if ((this.#cursor & 1) === 1) this.#cursor++;
    const first = this.uint32();
    normalsOfWords(first, this.uint32(), this.#normals);
    this.#hasNormal = true;
    return this.#normals[0];
  }

  /** Uniform on 0 … n − 1 for 1 ≤ n ≤ 2³²: the upper word of word·n, drawn again where the lower word is below 2³² mod n.
   *  Source: Lemire 2019, algorithm 5. Throws RANDOM_ARGUMENT_INVALID. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) {
      throw invalid(`integer(n) was called with n = ${n}; give an integer from 1 to 4294967296.`, { n });
    }
    return n === TWO_32 ? this.uint32() : this.#below(n);
  }

  #below(n: number): number {
    let word = this.uint32();
    let low = Math.imul(word, n) >>> 0;
    if (low < n) {
      const threshold = (TWO_32 - n) % n;
      while (low < threshold) {
        word = this.uint32();
        low = Math.imul(word, n) >>> 0;
      }
    }
    return multiplyHigh(word, n >>> 16, n & 0xffff) >>> 0;
  }

  /** True with probability p (53 bits). Throws RANDOM_ARGUMENT_INVALID unless 0 ≤ p ≤ 1. */
  bernoulli(p: number): boolean {
    if (!(p >= 0 && p <= 1)) throw invalid(`bernoulli(p) was called with p = ${p}; give a number from 0 to 1.`, { p });
    return this.uniformF64() < p;
  }

  /** An index from 0 to count − 1 with probability probabilities[offset + index] / Σ: the first whose running sum exceeds
   *  Σ·u, sums in float64 and ascending order. Entries need not add up to 1; one that is 0 is never chosen.
   *  Throws RANDOM_ARGUMENT_INVALID for an entry that is negative or not finite, or where all are 0. */
  categorical(probabilities: ArrayLike<number>, offset = 0, count = probabilities.length - offset): number {
    let total = 0;
    for (let k = 0; k < count; k++) {
      const p = probabilities[offset + k];
      if (!(p >= 0))
        throw invalid(`categorical: probability ${k} is ${p}; give a number from 0.`, { index: k, value: p });
      total += p;
    }
    if (!(total > 0 && total < Infinity)) {
      throw invalid(`categorical: ${count} probabilities add up to ${total}; give a finite sum above 0.`, {
        count,
        total,
      });
    }
    const target = this.uniformF64() * total;
    let sum = 0;
    let chosen = 0;
    for (let k = 0; k < count; k++) {
      const p = probabilities[offset + k];
      if (p === 0) continue;
      sum += p;
      chosen = k;
      if (sum > target) break;
    }
    return chosen;
  }

  /** Writes a uniform permutation of 0 … n − 1 to out[0 … n − 1]: from the identity, for i = n − 1 down to 1, exchange i
   *  with `integer(i + 1)`. Begins and ends at a whole block. Source: Durstenfeld 1964.
   *  Throws RANDOM_ARGUMENT_INVALID where out is shorter than n. */
  permutation(out: Int32Array, n: number): void {
    if (!Number.isInteger(n) || n < 0 || n > out.length) {
      throw invalid(`permutation(out, n) got n = ${n} for ${out.length} elements; give 0 to ${out.length}.`, { n });
    }
    this.#align();
    for (let i = 0; i < n; i++) out[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      const moved = out[i];
      out[i] = out[j];
      out[j] = moved;
    }
    this.#align();
  }

  /** Sets `count` whole blocks aside for a bulk fill, and returns where they begin.
   *  Throws RANDOM_ARGUMENT_INVALID unless count is an integer from 0. */
  takeBlocks(count: number): StreamPosition {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw invalid(`takeBlocks(count) was called with ${count}; give an integer from 0.`, { count });
    }
    this.#align();
    const { key0, key1, high0, high1 } = this.identity;
    const position = { key0, key1, high0, high1, block: this.#block };
    this.#block += count;
    return position;
  }

  /** out[offset … offset + n − 1] = uniforms on [0, 1). Consumes ⌈n/4⌉ blocks. */
  fillUniform(out: Float32Array, offset: number, n: number): void {
    fillUniformFrom(this.takeBlocks(Math.ceil(n / 4)), out, offset, n);
  }

  /** out[offset … offset + n − 1] = standard normals. Consumes ⌈n/4⌉ blocks. */
  fillNormal(out: Float32Array, offset: number, n: number): void {
    fillNormalFrom(this.takeBlocks(Math.ceil(n / 4)), out, offset, n);
  }

  #align(): void {
    this.#cursor = 4;
    this.#hasNormal = false;
  }
}

function invalid(message: string, data: Readonly<Record<string, unknown>>): Error {
  return baseError('RANDOM_ARGUMENT_INVALID', message, { data });
}
