import { float64FromWords, float64High, float64Low, scaleByPowerOfTwo } from './bits.js';

const { LOG2E } = Math;
/** ln 2 in two parts: the first has 33 bits, so that its product with any exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const ROUNDER = 6755399441055744;
const TWO_54 = 18014398509481984;

// Coefficients of x·coth(x/2) − 2 in x², and of the remainder of ln in s²: fdlibm, e_exp.c and e_log.c (Sun 1993).
const EXP_1 = 0.16666666666666602;
const EXP_2 = -0.0027777777777015593;
const EXP_3 = 6.613756321437934e-5;
const EXP_4 = -1.6533902205465252e-6;
const EXP_5 = 4.1381367970572385e-8;

const LOG_1 = 0.6666666666666735;
const LOG_2 = 0.3999999999940942;
const LOG_3 = 0.2857142874366239;
const LOG_4 = 0.22222198432149784;
const LOG_5 = 0.1818357216161805;
const LOG_6 = 0.15313837699209373;
const LOG_7 = 0.14798198605116586;

const EXPM1_1 = -0.03333333333333313;
const EXPM1_2 = 0.0015873015872548146;
const EXPM1_3 = -7.93650757867488e-5;
const EXPM1_4 = 4.008217827329362e-6;
const EXPM1_5 = -2.0109921818362437e-7;

/** e^(high + low) for |high| < 1100 and |low| below half a unit in the last place of high. */
export function expOfSum(high: number, low: number): number {
  const k = high * LOG2E + ROUNDER - ROUNDER;
  const upper = high - k * LN2_HIGH;
  const lower = k * LN2_LOW - low;
  const r = upper - lower;
  const z = r * r;
  const c = r - z * (EXP_1 + z * (EXP_2 + z * (EXP_3 + z * (EXP_4 + z * EXP_5))));
  return scaleByPowerOfTwo(1 - (lower - (r * c) / (2 - c) - upper), k);
}

/** eˣ in float64. */
export function expF64(x: number): number {
  if (x > 709.79) return Infinity;
  if (x < -745.14) return 0;
  return Number.isNaN(x) ? x : expOfSum(x, 0);
}

/** The last split of a positive finite x = 2ᵏ·(1 + fraction), 1 + fraction in [√½, √2): both are exact. */
const split = { exponent: 0, fraction: 0 };

/** Splits a positive finite float64; the result is overwritten by the next call. */
export function splitFloat64(x: number): Readonly<typeof split> {
  const denormal = x < 2.2250738585072014e-308;
  const normal = denormal ? x * TWO_54 : x;
  const high = float64High(normal);
  const exponent = (high - 0x3fe6a09e) >> 20;
  split.exponent = denormal ? exponent - 54 : exponent;
  split.fraction = float64FromWords(high - (exponent << 20), float64Low(normal)) - 1;
  return split;
}

/** ln x in float64: −Infinity at ±0, NaN below 0. */
export function logF64(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const { exponent, fraction } = splitFloat64(x);
  const s = fraction / (2 + fraction);
  const z = s * s;
  const w = z * z;
  const odd = z * (LOG_1 + w * (LOG_3 + w * (LOG_5 + w * LOG_7)));
  const even = w * (LOG_2 + w * (LOG_4 + w * LOG_6));
  const half = 0.5 * fraction * fraction;
  return exponent * LN2_HIGH - (half - (s * (half + (odd + even)) + exponent * LN2_LOW) - fraction);
}

/** ln(1 + x) in float64: −Infinity at −1, NaN below. The rounding of 1 + x is divided out. Source: Higham 2002, section 1.14.1. */
export function log1pF64(x: number): number {
  const sum = 1 + x;
  if (sum === 1) return x;
  return sum > 0 && sum < Infinity ? logF64(sum) * (x / (sum - 1)) : logF64(sum);
}

/** eˣ − 1 in float64. */
export function expm1F64(x: number): number {
  if (Math.abs(x) <= 50) return x === 0 ? x : expm1(x);
  return x < 0 ? -1 : expF64(x) - 1;
}

/** eˣ − 1 in float64 for |x| ≤ 50. */
function expm1(x: number): number {
  const k = x * LOG2E + ROUNDER - ROUNDER;
  const upper = x - k * LN2_HIGH;
  const lower = k * LN2_LOW;
  const r = upper - lower;
  const correction = upper - r - lower;
  const half = 0.5 * r;
  const z = r * half;
  const p = 1 + z * (EXPM1_1 + z * (EXPM1_2 + z * (EXPM1_3 + z * (EXPM1_4 + z * EXPM1_5))));
  const t = 3 - p * half;
  const e = z * ((p - t) / (6 - r * t));
  if (k === 0) return r - (r * e - z);
  const d = r * (e - correction) - correction - z;
  if (k === -1) return 0.5 * (r - d) - 0.5;
  if (k === 1) return r < -0.25 ? -2 * (d - (r + 0.5)) : 1 + 2 * (r - d);
  if (k > 56 || k < -1) return scaleByPowerOfTwo(1 - (d - r), k) - 1;
  const least = scaleByPowerOfTwo(1, -k);
  return k < 20 ? scaleByPowerOfTwo(1 - least - (d - r), k) : scaleByPowerOfTwo(r - (d + least) + 1, k);
}

/** tanh x in float64, odd to the bit and never above 1 in magnitude. */
export function tanhF64(x: number): number {
  const w = Math.abs(x);
  if (w < 2.3e-10) return x;
  let y = 1;
  if (w < 1) {
    const t = expm1(-2 * w);
    y = -t / (t + 2);
  } else if (w < 22) {
    y = 1 - 2 / (expm1(2 * w) + 2);
  } else if (Number.isNaN(w)) {
    return x;
  }
  return x < 0 ? -y : y;
}
