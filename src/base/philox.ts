const ROUNDS = 10;
/** The multipliers 0xd2511f53 and 0xcd9e8d57, and their halves. */
const M0 = 0xd2511f53 | 0;
const M0_LOW = 0x1f53;
const M0_HIGH = 0xd251;
const M1 = 0xcd9e8d57 | 0;
const M1_LOW = 0x8d57;
const M1_HIGH = 0xcd9e;
/** What the key words grow by each round: the golden ratio and √3 − 1, in 32 bits. */
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;

/** Upper 32 bits of a·b as uint32s, as int32; b comes in halves of 16 bits. */
export function multiplyHigh(a: number, bHigh: number, bLow: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const cross = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** Philox4x32-10: writes to out the four words of a counter under a key. counter and out: u32[4], may be the same array;
 *  key0 and key1 are uint32. Source: Salmon et al. 2011, section 3.3, with the constants of Random123. */
export function philox4x32(counter: Uint32Array, key0: number, key1: number, out: Uint32Array): void {
  writePhilox(counter[0], counter[1], counter[2], counter[3], key0, key1, out, 0);
}

/** `philox4x32` of a counter given as words, written to out[offset … offset + 3]. */
export function writePhilox(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
  offset: number,
): void {
  let x0 = counter0 | 0;
  let x1 = counter1 | 0;
  let x2 = counter2 | 0;
  let x3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(x0, M0_HIGH, M0_LOW);
    const low0 = Math.imul(x0, M0);
    const high1 = multiplyHigh(x2, M1_HIGH, M1_LOW);
    const low1 = Math.imul(x2, M1);
    x0 = high1 ^ x1 ^ k0;
    x1 = low1;
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[offset] = x0;
  out[offset + 1] = x1;
  out[offset + 2] = x2;
  out[offset + 3] = x3;
}
