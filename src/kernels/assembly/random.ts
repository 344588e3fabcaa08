/** Philox4x32-10 on four blocks at once, a lane for each, and what is made of its words: the bits of `src/base/random.ts`. */
import { constant, multiply, storePart, subtract } from './lanes';
import { logOfNormal4 } from './math';
import { cosNearZero4, sinNearZero4, turn4 } from './trigonometry';

const WORDS: i32 = 0;
const UNIFORM: i32 = 1;
const NORMAL: i32 = 2;

/** Words that `permutation` draws at a time: what its scratch must hold. */
const SCRATCH_WORDS: i32 = 1024;

/** ⌊x·m / 2³²⌋, from the products of the lower and of the upper two lanes. */
@inline function upperWords(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

@inline function lowerWords(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/** The upper 24 bits of each word, as integers in float32. */
@inline function upperBits(words: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_u(words, 8));
}

/** R = √(−2 ln u), u = (upper 24 bits + 1)·2⁻²⁴. */
@inline function radius(words: v128): v128 {
  const u = multiply(f32x4.add(upperBits(words), constant(1)), constant(5.9604644775390625e-8));
  return f32x4.sqrt(multiply(constant(-2), logOfNormal4(u, i32x4.splat(0))));
}

/** The integer nearest to 4u, u = upper 24 bits·2⁻²⁴, added to 1.5·2²³: its low bits are the quadrant of 2πu. */
@inline function quarters(u: v128): v128 {
  return f32x4.add(multiply(u, constant(4)), constant(12582912));
}

@inline function angle(u: v128, t: v128): v128 {
  const n = subtract(t, constant(12582912));
  return multiply(subtract(u, multiply(n, constant(0.25))), constant(6.2831854820251465));
}

/** Stores up to four floats of a row, as many as `left` says. */
@inline function storeRow(address: usize, row: v128, left: i32): void {
  if (left >= 4) v128.store(address, row);
  else if (left > 0) storePart(address, row, left);
}

/** Fills n elements from whole blocks; `kind` is constant where this is inlined. */
@inline function fill(
  kind: i32,
  key0: u32,
  key1: u32,
  high0: u32,
  high1: u32,
  block: u64,
  output: usize,
  n: i32,
): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  let counter0 = i32x4.add(i32x4.splat(<i32>block), i32x4(0, 1, 2, 3));
  let counter1 = i32x4(
    <i32>(block >> 32),
    <i32>((block + 1) >> 32),
    <i32>((block + 2) >> 32),
    <i32>((block + 3) >> 32),
  );
  let left = n;
  while (left > 0) {
    let x0 = counter0;
    let x1 = counter1;
    let x2 = i32x4.splat(high0);
    let x3 = i32x4.splat(high1);
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; round++) {
      const low0 = i64x2.extmul_low_i32x4_u(x0, multiplier0);
      const high0 = i64x2.extmul_high_i32x4_u(x0, multiplier0);
      const low1 = i64x2.extmul_low_i32x4_u(x2, multiplier1);
      const high1 = i64x2.extmul_high_i32x4_u(x2, multiplier1);
      x0 = v128.xor(v128.xor(upperWords(low1, high1), x1), i32x4.splat(k0));
      x1 = lowerWords(low1, high1);
      x2 = v128.xor(v128.xor(upperWords(low0, high0), x3), i32x4.splat(k1));
      x3 = lowerWords(low0, high0);
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    if (kind == UNIFORM) {
      const unit = constant(5.9604644775390625e-8);
      x0 = multiply(upperBits(x0), unit);
      x1 = multiply(upperBits(x1), unit);
      x2 = multiply(upperBits(x2), unit);
      x3 = multiply(upperBits(x3), unit);
    } else if (kind == NORMAL) {
      const unit = constant(5.9604644775390625e-8);
      const radius0 = radius(x0);
      const radius1 = radius(x2);
      const turn0 = multiply(upperBits(x1), unit);
      const turn1 = multiply(upperBits(x3), unit);
      const t0 = quarters(turn0);
      const t1 = quarters(turn1);
      const angle0 = angle(turn0, t0);
      const angle1 = angle(turn1, t1);
      const sine0 = sinNearZero4(angle0);
      const cosine0 = cosNearZero4(angle0);
      const sine1 = sinNearZero4(angle1);
      const cosine1 = cosNearZero4(angle1);
      const one = i32x4.splat(1);
      x0 = multiply(radius0, turn4(sine0, cosine0, i32x4.add(t0, one)));
      x1 = multiply(radius0, turn4(sine0, cosine0, t0));
      x2 = multiply(radius1, turn4(sine1, cosine1, i32x4.add(t1, one)));
      x3 = multiply(radius1, turn4(sine1, cosine1, t1));
    }
    // From a lane for each block to a row for each block.
    const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const d = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    storeRow(output, v128.shuffle<i32>(a, b, 0, 1, 4, 5), left);
    storeRow(output + 16, v128.shuffle<i32>(a, b, 2, 3, 6, 7), left - 4);
    storeRow(output + 32, v128.shuffle<i32>(c, d, 0, 1, 4, 5), left - 8);
    storeRow(output + 48, v128.shuffle<i32>(c, d, 2, 3, 6, 7), left - 12);
    output += 64;
    left -= 16;
    counter0 = i32x4.add(counter0, i32x4.splat(4));
    // A lane that wrapped around is below 4, and the comparison is −1 there.
    counter1 = i32x4.sub(counter1, i32x4.lt_u(counter0, i32x4.splat(4)));
  }
}

function fillWords(key0: u32, key1: u32, high0: u32, high1: u32, block: u64, output: usize, n: i32): void {
  fill(WORDS, key0, key1, high0, high1, block, output, n);
}

/** n uniforms in [0, 1) from block blockLow + 2³²·blockHigh on. */
export function fillUniform(
  key0: u32,
  key1: u32,
  high0: u32,
  high1: u32,
  blockLow: u32,
  blockHigh: u32,
  output: usize,
  n: i32,
): void {
  fill(UNIFORM, key0, key1, high0, high1, (<u64>blockHigh << 32) | blockLow, output, n);
}

/** n standard normals from block blockLow + 2³²·blockHigh on. */
export function fillNormal(
  key0: u32,
  key1: u32,
  high0: u32,
  high1: u32,
  blockLow: u32,
  blockHigh: u32,
  output: usize,
  n: i32,
): void {
  fill(NORMAL, key0, key1, high0, high1, (<u64>blockHigh << 32) | blockLow, output, n);
}

/** Permutation of 0 … n − 1 as int32 at `output`, as `RandomStream.permutation` does it from that block on. `scratch` holds
 *  4096 bytes. Returns how many blocks it used. */
export function permutation(
  key0: u32,
  key1: u32,
  high0: u32,
  high1: u32,
  blockLow: u32,
  blockHigh: u32,
  output: usize,
  n: i32,
  scratch: usize,
): i32 {
  let block = (<u64>blockHigh << 32) | blockLow;
  let batches = 0;
  let used = SCRATCH_WORDS;
  for (let i = 0; i < n; i++) store<i32>(output + (<usize>i << 2), i);
  for (let i = n - 1; i > 0; i--) {
    const bound = <u32>(i + 1);
    let product: u64 = 0;
    let threshold: u32 = 0;
    do {
      if (used == SCRATCH_WORDS) {
        fillWords(key0, key1, high0, high1, block, scratch, SCRATCH_WORDS);
        block += SCRATCH_WORDS / 4;
        batches++;
        used = 0;
      }
      product = <u64>load<u32>(scratch + (<usize>used << 2)) * bound;
      used++;
      // 2³² mod bound is below bound: the division is needed once in 2³² / bound draws.
      if (<u32>product < bound) threshold = (0 - bound) % bound;
    } while (<u32>product < threshold);
    const from = output + (<usize>i << 2);
    const to = output + (<usize>(product >> 32) << 2);
    const moved = load<i32>(from);
    store<i32>(from, load<i32>(to));
    store<i32>(to, moved);
  }
  return batches == 0 ? 0 : (batches - 1) * (SCRATCH_WORDS / 4) + ((used + 3) >> 2);
}
