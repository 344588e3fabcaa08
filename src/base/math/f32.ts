import { float32Bits, float32FromBits } from './bits.js';

const f = Math.fround;

/** 1.5·2²³: adding it rounds a float32 below 2²² to the nearest integer, ties to even, and leaves that integer in the
 *  low bits of the sum. */
const ROUNDER = 12582912;
const ROUNDER_BITS = 0x4b400000;

const LOG2_E = f(1.4426950216293335);
/** ln 2 in two parts: the first has 10 bits, so that its product with any exponent is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = f(-0.00021219444170128554);
/** 2 / ln 2 but for 0.2 %: of the numbers near it one with which no result of tanh depends on whether the product is rounded before
 *  the sum, so that the native kernels may fuse them. It only says which multiple of ln 2 / 2 is taken off. */
const TANH_SCALE = f(2.8904526233673096);
const HALF_LN2 = f(0.3465735912322998);
const SQRT_HALF_BITS = 0x3f3504f3;
const MIN_NORMAL = 1.1754943508222875e-38;
const TWO_23 = 8388608;

const EXP_2 = f(0.49999991059303284);
const EXP_3 = f(0.1666651964187622);
const EXP_4 = f(0.041668955236673355);
const EXP_5 = f(0.008368851616978645);
const EXP_6 = f(0.0013783585745841265);

/** eˣ in float32. The steps, and the error of each function of this file, are in `docs/numerics.md`.
 *  0 below about −103.97, Infinity above about 88.72; results below 2⁻¹²⁶ keep their denormal bits. */
export function expF32(x: number): number {
  const clamped = Math.min(Math.max(f(x), -104), 89);
  const t = f(f(clamped * LOG2_E) + ROUNDER);
  const n = f(t - ROUNDER);
  const high = f(clamped - f(n * LN2_HIGH));
  const low = f(n * LN2_LOW);
  const r = f(high - low);
  let q = f(f(r * EXP_6) + EXP_5);
  q = f(f(q * r) + EXP_4);
  q = f(f(q * r) + EXP_3);
  q = f(f(q * r) + EXP_2);
  const p = f(1 + f(high + f(f(f(r * r) * q) - low)));
  // 2ⁿ as two factors, each a normal number: one factor alone has no bits for n = 128 or n < −126.
  const k = float32Bits(t) - ROUNDER_BITS;
  const half = k >> 1;
  return f(f(p * float32FromBits((half + 127) << 23)) * float32FromBits((k - half + 127) << 23));
}

const LOG_3 = f(0.333339124917984);
const LOG_4 = f(-0.25001344084739685);
const LOG_5 = f(0.1996299773454666);
const LOG_6 = f(-0.16577313840389252);
const LOG_7 = f(0.14915190637111664);
const LOG_8 = f(-0.1426992267370224);
const LOG_9 = f(0.08702466636896133);

/** ln x for a positive, normal, finite float32 given by its bits; `shift` is added to the exponent. */
function logOfBits(bits: number, shift: number): number {
  const exponent = (bits - SQRT_HALF_BITS) >> 23;
  const r = f(float32FromBits((bits - (exponent << 23)) | 0) - 1);
  const n = f(exponent + shift);
  const z = f(r * r);
  let q = f(f(r * LOG_9) + LOG_8);
  q = f(f(q * r) + LOG_7);
  q = f(f(q * r) + LOG_6);
  q = f(f(q * r) + LOG_5);
  q = f(f(q * r) + LOG_4);
  q = f(f(q * r) + LOG_3);
  const y = f(f(f(f(z * r) * q) + f(n * LN2_LOW)) - f(z * 0.5));
  return f(f(r + y) + f(n * LN2_HIGH));
}

/** ln x in float32: −Infinity at ±0, NaN below 0, Infinity at Infinity. */
export function logF32(x: number): number {
  const single = f(x);
  if (!(single > 0)) return single === 0 ? -Infinity : NaN;
  if (single === Infinity) return Infinity;
  // A denormal is brought into the normal range by an exact product.
  return single < MIN_NORMAL ? logOfBits(float32Bits(single * TWO_23), -23) : logOfBits(float32Bits(single), 0);
}

const TANH_LIMIT = f(9.05);
/** Brings 126 + n into the low bits of a sum: shifted into the exponent they are 2ⁿ⁻¹. */
const TANH_ROUNDER = ROUNDER + 126;
const TANH_2 = f(0.33333191275596619);
const TANH_4 = f(-0.022091200575232506);

/** tanh x in float32, odd to the bit and never above 1 in magnitude. With |x| = n·ln 2 / 2 + r and g = r·coth r − r, which needs
 *  two terms, e^(2r) − 1 = 2r / g; so tanh |x| = N / (N + g), N = 2ⁿ·r + (2ⁿ − 1) / 2 · g, with one division. Errors of N and g
 *  hardly matter where |x| is large. */
export function tanhF32(x: number): number {
  const single = f(x);
  const w = Math.min(Math.abs(single), TANH_LIMIT);
  const t = f(f(w * TANH_SCALE) + TANH_ROUNDER);
  const n = f(t - TANH_ROUNDER);
  const r = f(w - f(n * HALF_LN2));
  const z = f(r * r);
  const g = f(1 - f(r - f(f(f(z * TANH_4) + TANH_2) * z)));
  const half = float32FromBits(float32Bits(t) << 23);
  const numerator = f(f(half * f(r + r)) + f(f(half - 0.5) * g));
  const y = f(numerator / f(numerator + g));
  return single < 0 || Object.is(single, -0) ? -y : y;
}

/** 1 / (1 + e⁻ˣ) in float32. The exponential is of −|x|, so that neither tail loses its bits. */
export function sigmoidF32(x: number): number {
  const single = f(x);
  const e = expF32(-Math.abs(single));
  return f((single >= 0 ? 1 : e) / f(1 + e));
}

const SOFTPLUS_2 = f(-0.4999993145465851);
const SOFTPLUS_3 = f(0.3333047926425934);
const SOFTPLUS_4 = f(-0.2495829313993454);
const SOFTPLUS_5 = f(0.19694024324417114);
const SOFTPLUS_6 = f(-0.15351717174053192);
const SOFTPLUS_7 = f(0.10674694180488586);
const SOFTPLUS_8 = f(-0.05760939419269562);
const SOFTPLUS_9 = f(0.020176446065306664);
const SOFTPLUS_10 = f(-0.0033124347683042288);

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)) in float32. */
export function softplusF32(x: number): number {
  const single = f(x);
  const e = expF32(-Math.abs(single));
  let q = f(f(e * SOFTPLUS_10) + SOFTPLUS_9);
  q = f(f(q * e) + SOFTPLUS_8);
  q = f(f(q * e) + SOFTPLUS_7);
  q = f(f(q * e) + SOFTPLUS_6);
  q = f(f(q * e) + SOFTPLUS_5);
  q = f(f(q * e) + SOFTPLUS_4);
  q = f(f(q * e) + SOFTPLUS_3);
  q = f(f(q * e) + SOFTPLUS_2);
  return f(Math.max(single, 0) + f(e + f(f(e * e) * q)));
}
