import { expOfSum, splitFloat64 } from './exponential-f64.js';

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const TWO_THIRDS = 0.6666666666666666;
const TWO_THIRDS_REST = 3.700743415417188e-17;

/** 2/5, 2/7, … 2/27: ln((1 + s)/(1 − s)) = 2s + (2/3)s³ + s⁵·(2/5 + (2/7)s² + …). */
const TAIL = new Float64Array([
  0.07407407407407407, 0.08, 0.08695652173913043, 0.09523809523809523, 0.10526315789473684, 0.11764705882352941,
  0.13333333333333333, 0.15384615384615385, 0.18181818181818182, 0.2222222222222222, 0.2857142857142857, 0.4,
]);

/** a·b − p, exactly, for p = a·b rounded. Source: Dekker 1971, with Veltkamp's split. */
function productError(a: number, b: number, p: number): number {
  const cutA = a * 134217729;
  const upperA = cutA - (cutA - a);
  const lowerA = a - upperA;
  const cutB = b * 134217729;
  const upperB = cutB - (cutB - b);
  const lowerB = b - upperB;
  return upperA * upperB - p + upperA * lowerB + lowerA * upperB + lowerA * lowerB;
}

/** xʸ for 0 < x < ∞, x ≠ 1 and |y| < 2⁶⁴, through ln x to about 65 bits in two float64. */
function powerOfPositive(x: number, y: number): number {
  const { exponent, fraction } = splitFloat64(x);
  // s = fraction / (2 + fraction) in two parts.
  const divisor = 2 + fraction;
  const divisorRest = fraction - (divisor - 2);
  const s = fraction / divisor;
  const product = s * divisor;
  const sRest = (fraction - product - productError(s, divisor, product) - s * divisorRest) / divisor;
  // (2/3)·s³ in two parts.
  const z = s * s;
  const zRest = productError(s, s, z) + 2 * s * sRest;
  const cube = s * z;
  const cubeRest = productError(s, z, cube) + (s * zRest + sRest * z);
  const third = cube * TWO_THIRDS;
  const thirdRest = productError(cube, TWO_THIRDS, third) + (cube * TWO_THIRDS_REST + cubeRest * TWO_THIRDS);
  let tail = 0;
  for (let i = 0; i < TAIL.length; i++) tail = tail * z + TAIL[i];
  // The parts of ln x, largest first, each sum keeping what it rounded away.
  const whole = exponent * LN2_HIGH;
  const sum1 = whole + 2 * s;
  const sum2 = sum1 + third;
  const low =
    whole - sum1 + 2 * s + (sum1 - sum2 + third) + (exponent * LN2_LOW + (cube * z * tail + thirdRest + 2 * sRest));
  const log = sum2 + low;
  const logRest = sum2 - log + low;
  const power = y * log;
  if (power > 710) return Infinity;
  if (power < -746) return 0;
  return expOfSum(power, productError(y, log, power) + y * logRest);
}

function isOddInteger(y: number): boolean {
  return Math.abs(y) < 9007199254740992 && Math.floor(y) === y && y % 2 !== 0;
}

/** xʸ in float64 with the special cases of ECMAScript's `**`: NaN for a negative x with a y that is no integer, and for
 *  |x| = 1 with an infinite y. */
export function powF64(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const size = Math.abs(x);
  const sign = (x < 0 || Object.is(x, -0)) && isOddInteger(y) ? -1 : 1;
  if (size === 0 || size === Infinity) return sign * ((size === 0) === y > 0 ? 0 : Infinity);
  if (x < 0 && Math.floor(y) !== y) return NaN;
  if (size === 1) return Math.abs(y) === Infinity ? NaN : sign;
  // |ln x| is at least 2⁻⁵³: beyond 2⁶⁴ no power is finite and none but 0 is left below.
  if (Math.abs(y) >= 1.8446744073709552e19) return size > 1 === y > 0 ? Infinity : 0;
  return sign * powerOfPositive(size, y);
}
