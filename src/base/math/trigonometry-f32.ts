import { float32Bits, float64Low, powerOfTwo } from './bits.js';

const f = Math.fround;

const TWO_OVER_PI = 0.6366197723675814;
/** π/2 in two parts: the first has 25 bits, so that its product with any n below 2²⁸ is exact in float64. */
const PI_OVER_2_HIGH = 1.5707963109016418;
const PI_OVER_2_LOW = 1.5893254773528196e-8;
const PI_OVER_2 = 1.5707963267948966;
const TWO_PI = f(6.2831854820251465);
/** 1.5·2⁵²: adding it rounds a float64 below 2⁵¹ to the nearest integer, ties to even. */
const ROUNDER_F64 = 6755399441055744;
const ROUNDER_F32 = 12582912;
const TWO_23 = 8388608;

const SIN_3 = f(-0.16666655242443085);
const SIN_5 = f(0.008332189172506332);
const SIN_7 = f(-0.0001951828453456983);
const COS_4 = f(0.04166664555668831);
const COS_6 = f(-0.0013887310633435845);
const COS_8 = f(2.4432563805021346e-5);

/** 2/π in base 2²⁴, after the point. */
const TWO_OVER_PI_DIGITS = new Float64Array([
  10680707, 7228996, 1387004, 2578385, 16069853, 12639074, 9804092, 4427841, 16666979, 11263675,
]);

/** sin r for |r| ≤ π/4. */
function sinNearZero(r: number): number {
  const z = f(r * r);
  let q = f(f(z * SIN_7) + SIN_5);
  q = f(f(q * z) + SIN_3);
  return f(r + f(f(r * z) * q));
}

/** cos r for |r| ≤ π/4. */
function cosNearZero(r: number): number {
  const z = f(r * r);
  let q = f(f(z * COS_8) + COS_6);
  q = f(f(q * z) + COS_4);
  return f(f(1 - f(z * 0.5)) + f(f(z * z) * q));
}

/** sin(r + quadrant·π/2) of a reduced argument. */
function sinOfReduced(r: number, quadrant: number): number {
  const y = (quadrant & 1) === 0 ? sinNearZero(r) : cosNearZero(r);
  return (quadrant & 2) === 0 ? y : -y;
}

/** The quadrant (mod 4) and remainder of the last argument beyond 2²³: both come of one computation. */
const reduced = { quadrant: 0, remainder: 0 };

/** Reduction of |x| ≥ 2²³ modulo π/2. x is an integer M·2ˢ; the digits of 2/π that give multiples of 4 are left out, and
 *  the five that follow give x·2/π modulo 4 with 72 bits after those of the first.
 *  Source: Payne and Hanek 1983, in float64 digits. */
function reduceLarge(x: number): void {
  const bits = float32Bits(x);
  const exponent = (bits >>> 23) & 255;
  if (exponent === 255) {
    reduced.quadrant = 0;
    reduced.remainder = NaN;
    return;
  }
  const shift = exponent - 150;
  const mantissa = (bits & 0x7fffff) | 0x800000;
  let first = 0;
  while (shift - 24 * (first + 1) > 1) first++;
  let scale = mantissa * powerOfTwo(shift - 24 * (first + 1));
  const step = 1 / 16777216;
  const head = scale * TWO_OVER_PI_DIGITS[first];
  scale *= step;
  const next = scale * TWO_OVER_PI_DIGITS[first + 1];
  let turns = head - 4 * Math.floor(head * 0.25) + (next - 4 * Math.floor(next * 0.25));
  scale *= step;
  const third = scale * TWO_OVER_PI_DIGITS[first + 2];
  scale *= step;
  const fourth = scale * TWO_OVER_PI_DIGITS[first + 3];
  scale *= step;
  const fifth = scale * TWO_OVER_PI_DIGITS[first + 4];
  const n = Math.floor(turns + third + 0.5);
  turns = turns - n + third + (fourth + fifth);
  const remainder = turns * PI_OVER_2;
  reduced.quadrant = bits < 0 ? -n & 3 : n & 3;
  reduced.remainder = f(bits < 0 ? -remainder : remainder);
}

/** sin x (shift 0) or cos x (shift 1). */
function sinShifted(x: number, shift: number): number {
  const single = f(x);
  if (Math.abs(single) >= TWO_23) {
    reduceLarge(single);
    return sinOfReduced(reduced.remainder, reduced.quadrant + shift);
  }
  const t = single * TWO_OVER_PI + ROUNDER_F64;
  const n = t - ROUNDER_F64;
  const r = f(single - n * PI_OVER_2_HIGH - n * PI_OVER_2_LOW);
  return sinOfReduced(r, float64Low(t) + shift);
}

/** sin x in float32, x in radians, over the whole range; NaN at ±Infinity. */
export function sinF32(x: number): number {
  // The sum in sinNearZero would make +0 of −0.
  return x === 0 ? x : sinShifted(x, 0);
}

/** cos x in float32, x in radians, over the whole range; NaN at ±Infinity. */
export function cosF32(x: number): number {
  return sinShifted(x, 1);
}

/** sin 2πu (shift 0) or cos 2πu (shift 1) for a float32 u in [0, 1]: the reduction is exact, and none of π is needed. */
function sinTurns(u: number, shift: number): number {
  const t = f(f(u * 4) + ROUNDER_F32);
  const n = f(t - ROUNDER_F32);
  const r = f(f(u - f(n * 0.25)) * TWO_PI);
  return sinOfReduced(r, n + shift);
}

/** sin 2πu in float32 for u in [0, 1]. */
export function sinTurnsF32(u: number): number {
  return sinTurns(f(u), 0);
}

/** cos 2πu in float32 for u in [0, 1]. */
export function cosTurnsF32(u: number): number {
  return sinTurns(f(u), 1);
}
