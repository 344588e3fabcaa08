import { powerOfTwo } from './bits.js';

const TWO_OVER_PI = 0.6366197723675814;
const PI_OVER_2 = 1.5707963267948966;
const PI_OVER_2_REST = 6.123233995736766e-17;
const ROUNDER = 6755399441055744;

/** π/2 in three parts of 33 bits and a rest: n·part is exact for n up to 2²⁰. Source: fdlibm, e_rem_pio2.c (Sun 1993). */
const PART_1 = 1.5707963267341256;
const PART_2 = 6.077100506303966e-11;
const PART_3 = 2.0222662487111665e-21;
const PART_REST = 8.4784276603689e-32;

/** The largest |x| that the parts reduce: 2²⁰·π/2. */
const MEDIUM = 1647099.3291652855;

// fdlibm, k_sin.c and k_cos.c (Sun 1993).
const SIN_3 = -0.16666666666666632;
const SIN_5 = 0.00833333333332249;
const SIN_7 = -0.0001984126982985795;
const SIN_9 = 2.7557313707070068e-6;
const SIN_11 = -2.5050760253406863e-8;
const SIN_13 = 1.58969099521155e-10;

const COS_4 = 0.0416666666666666;
const COS_6 = -0.001388888888887411;
const COS_8 = 2.480158728947673e-5;
const COS_10 = -2.7557314351390663e-7;
const COS_12 = 2.087572321298175e-9;
const COS_14 = -1.1359647557788195e-11;

/** sin(r + rest) for |r| ≤ π/4 and |rest| below half a unit in the last place of r. */
function sinNearZero(r: number, rest: number): number {
  const z = r * r;
  const v = z * r;
  const q = SIN_5 + z * (SIN_7 + z * (SIN_9 + z * (SIN_11 + z * SIN_13)));
  return r - (z * (0.5 * rest - v * q) - rest - v * SIN_3);
}

/** cos(r + rest) for |r| ≤ π/4. */
function cosNearZero(r: number, rest: number): number {
  const z = r * r;
  const q = z * (COS_4 + z * (COS_6 + z * (COS_8 + z * (COS_10 + z * (COS_12 + z * COS_14)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * q - r * rest));
}

/** The last reduction: x = quadrant·π/2 + remainder + rest, quadrant modulo 4. */
const reduced = { quadrant: 0, remainder: 0, rest: 0 };

function reduceMedium(x: number): void {
  const n = x * TWO_OVER_PI + ROUNDER - ROUNDER;
  const r1 = x - n * PART_1;
  const w2 = n * PART_2;
  const r2 = r1 - w2;
  const w3 = n * PART_3;
  const r3 = r2 - w3;
  // What the two subtractions rounded away comes back here, with the last part.
  const rest = r1 - r2 - w2 + (r2 - r3 - w3) - n * PART_REST;
  const r = r3 + rest;
  reduced.quadrant = n & 3;
  reduced.remainder = r;
  reduced.rest = r3 - r + rest;
}

/** 2/π to 1216 bits after the point, which is 64 more than the largest float64 needs. */
const TWO_OVER_PI_BITS = BigInt(
  '0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129' +
    'a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27' +
    'cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6bab',
);
const FRACTION_BITS = 200n;
/** 2⁻²⁰⁰ */
const FRACTION_UNIT = powerOfTwo(-200);

/** Reduction of a finite |x| > 2²⁰·π/2 in integers: slow (microseconds), exact to the last bit of the remainder. */
function reduceLarge(x: number): void {
  // x is M·2ᵉ with an integer M: a number above 2²⁰ has no bit below 2⁻³².
  const size = Math.abs(x);
  const scaled = size < 9007199254740992 ? BigInt(size * 4294967296) : BigInt(size) << 32n;
  const product = (scaled * TWO_OVER_PI_BITS) >> (1248n - FRACTION_BITS);
  let quadrant = Number((product >> FRACTION_BITS) & 3n);
  let fraction = product & ((1n << FRACTION_BITS) - 1n);
  if (fraction >> (FRACTION_BITS - 1n) === 1n) {
    quadrant += 1;
    fraction -= 1n << FRACTION_BITS;
  }
  const upper = Number(fraction);
  const lower = Number(fraction - BigInt(upper)) * FRACTION_UNIT;
  reduceProduct(upper * FRACTION_UNIT, lower);
  if (x < 0) {
    quadrant = -quadrant;
    reduced.remainder = -reduced.remainder;
    reduced.rest = -reduced.rest;
  }
  reduced.quadrant = quadrant & 3;
}

/** (upper + lower)·π/2 as remainder + rest, the leading product split after Dekker 1971. */
function reduceProduct(upper: number, lower: number): void {
  const cut = upper * 134217729;
  const a = cut - (cut - upper);
  const b = upper - a;
  const c = 1.5707963407039642;
  const d = PI_OVER_2 - c;
  const p = upper * PI_OVER_2;
  const error = a * c - p + a * d + b * c + b * d;
  const rest = error + (upper * PI_OVER_2_REST + lower * PI_OVER_2);
  reduced.remainder = p + rest;
  reduced.rest = p - reduced.remainder + rest;
}

/** sin(x + shift·π/2). */
function sinShifted(x: number, shift: number): number {
  const size = Math.abs(x);
  if (size <= MEDIUM) reduceMedium(x);
  else if (size < Infinity) reduceLarge(x);
  else return NaN;
  const { quadrant, remainder, rest } = reduced;
  const turned = quadrant + shift;
  const y = (turned & 1) === 0 ? sinNearZero(remainder, rest) : cosNearZero(remainder, rest);
  return (turned & 2) === 0 ? y : -y;
}

/** sin x in float64, x in radians; fast for |x| ≤ 2²⁰·π/2, as exact but slow beyond; NaN at ±Infinity. */
export function sinF64(x: number): number {
  // Below 2⁻²⁷ sin x is x to the last bit; −0 stays −0.
  return Math.abs(x) < 7.45e-9 ? x : sinShifted(x, 0);
}

/** cos x in float64, x in radians; fast for |x| ≤ 2²⁰·π/2, as exact but slow beyond; NaN at ±Infinity. */
export function cosF64(x: number): number {
  return sinShifted(x, 1);
}
