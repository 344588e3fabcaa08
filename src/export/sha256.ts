/** SHA-256 where there is no module for it: a page that was not loaded over TLS has no `crypto.subtle`. Source: FIPS 180-4. */

/** Fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8: 32 bits of each. */
const [ROUND_CONSTANTS, FIRST_STATE] = firstWords();

/** The digest of the bytes, hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  const state = Int32Array.from(FIRST_STATE);
  const schedule = new Int32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += 64) compress(state, schedule, view, at);
  // The rest, a 1 bit, zeros, and the number of bits as 64.
  const rest = bytes.length - whole;
  const end = new Uint8Array(rest < 56 ? 64 : 128);
  end.set(bytes.subarray(whole));
  end[rest] = 0x80;
  const tail = new DataView(end.buffer);
  tail.setUint32(end.length - 8, Math.floor(bytes.length / 2 ** 29));
  tail.setUint32(end.length - 4, bytes.length << 3);
  for (let at = 0; at < end.length; at += 64) compress(state, schedule, tail, at);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The same by the platform where it has it, which is many times as fast. */
export async function platformSha256(bytes: Uint8Array): Promise<string> {
  const { crypto } = globalThis as { readonly crypto?: { readonly subtle?: Digesting } };
  // It takes no shared memory.
  if (crypto?.subtle === undefined || !(bytes.buffer instanceof ArrayBuffer)) return sha256(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Digesting {
  digest(algorithm: string, bytes: Uint8Array): Promise<ArrayBuffer>;
}

function compress(state: Int32Array, schedule: Int32Array, view: DataView, at: number): void {
  for (let t = 0; t < 16; t++) schedule[t] = view.getInt32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const early = schedule[t - 15]!;
    const late = schedule[t - 2]!;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[t] = schedule[t - 16]! + s0 + schedule[t - 7]! + s1;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[t]! + schedule[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const words = [a, b, c, d, e, f, g, h];
  for (let k = 0; k < 8; k++) state[k] = state[k]! + words[k]!;
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function firstWords(): readonly [Int32Array, Int32Array] {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return [
    Int32Array.from(primes, (prime) => rootBits(prime, 3)),
    Int32Array.from(primes.slice(0, 8), (prime) => rootBits(prime, 2)),
  ];
}

/** The first 32 bits of the fraction of a root: the greatest integer whose power is at most prime·2^(32·degree). */
function rootBits(prime: number, degree: 2 | 3): number {
  const target = BigInt(prime) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) {
    const tried = root + bit;
    if ((degree === 2 ? tried * tried : tried * tried * tried) <= target) root = tried;
  }
  return Number(BigInt.asIntN(32, root));
}
