import { expOfSum, log1pF64, logF64 } from './exponential-f64.js';

const INVERSE_SQRT_TWO_PI = 0.3989422804014327;
const HALF_LOG_TWO_PI = 0.9189385332046727;
/** φ and Φ are 0 in float64 beyond this many standard deviations. */
const LAST = 38.6;

/** (1 + t)·Φ(−t)/φ(t) on 0 ≤ t ≤ ∞ as a polynomial in s = (t − 4)/(t + 4): its even and its odd coefficients, highest first.
 *  Fitted at Chebyshev's points, as Schonfelder 1978 does for erfc. */
const MILLS_EVEN = new Float64Array([
  -3.874300207686973e-9, 4.372207364651429e-8, -2.7628944223830873e-7, 1.3805876779523012e-6, -6.546928120500802e-6,
  3.4156106940806135e-5, -0.00022021482490664187, 0.001741848641757937, -0.01253910360671188, -0.08070800967978549,
  0.03509188023476339, 1.1832619145678032,
]);
const MILLS_ODD = new Float64Array([
  -1.6952996818880583e-9, 1.3723059452459651e-8, -4.494916382038613e-8, -3.101083609757584e-9, 1.0194890870987357e-6,
  -8.606187876096938e-6, 5.3266970938315365e-5, -0.00023670175882712258, -0.0007159509052838121, 0.04495912907706981,
  0.07169048120143744, -0.2423996705218081,
]);

/** Φ(−t)/φ(t) for t ≥ 0: √(π/2) at 0, about 1/t far out. */
function millsOfTail(t: number): number {
  if (t === Infinity) return 0;
  const s = (t - 4) / (t + 4);
  const z = s * s;
  let even = MILLS_EVEN[0];
  let odd = MILLS_ODD[0];
  for (let i = 1; i < MILLS_EVEN.length; i++) {
    even = even * z + MILLS_EVEN[i];
    odd = odd * z + MILLS_ODD[i];
  }
  return (even + s * odd) / (1 + t);
}

/** φ(z) = exp(−z²/2)/√2π in float64, accurate where z² loses bits. */
export function normalDensityF64(z: number): number {
  if (Math.abs(z) > LAST) return 0;
  const square = z * z;
  const upper = Math.fround(z);
  // What z·z rounded away: upper² is exact.
  const rest = upper * upper - square + (z - upper) * (z + upper);
  return expOfSum(-0.5 * square, -0.5 * rest) * INVERSE_SQRT_TWO_PI;
}

/** Φ(z) in float64, in the lower tail to its relative accuracy. */
export function normalCdfF64(z: number): number {
  if (z < 0) return z < -LAST ? 0 : normalDensityF64(z) * millsOfTail(-z);
  return z > LAST ? 1 : 1 - normalDensityF64(z) * millsOfTail(z);
}

/** ln Φ(z) in float64: about −z²/2 far below, where Φ itself is 0; finite above −10¹⁵⁴. */
export function logNormalCdfF64(z: number): number {
  if (z < 0) return z === -Infinity ? z : -0.5 * (z * z) - HALF_LOG_TWO_PI + logF64(millsOfTail(-z));
  return z > LAST ? 0 : log1pF64(-normalDensityF64(z) * millsOfTail(z));
}

/** Φ(−t)/φ(t) in float64: the ratio of Mills 1926. Infinity where φ(t) is 0 below. */
export function millsRatioF64(t: number): number {
  return t < 0 ? normalCdfF64(-t) / normalDensityF64(t) : millsOfTail(t);
}

/** φ(z)/Φ(z) in float64, the slope of ln Φ: about −z far below. */
export function inverseMillsF64(z: number): number {
  return z < 0 ? 1 / millsOfTail(-z) : normalDensityF64(z) / normalCdfF64(z);
}

// Rational functions of Wichura 1988, algorithm AS 241 (PPND16), coefficients highest first.
const CENTRAL_NUMERATOR = new Float64Array([
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
  133.14166789178438, 3.3871328727963665,
]);
const CENTRAL_DENOMINATOR = new Float64Array([
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
  42.31333070160091, 1,
]);
const TAIL_NUMERATOR = new Float64Array([
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
]);
const TAIL_DENOMINATOR = new Float64Array([
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
]);
const FAR_NUMERATOR = new Float64Array([
  2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
  1.7848265399172913, 5.463784911164114, 6.657904643501103,
]);
const FAR_DENOMINATOR = new Float64Array([
  2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
  0.1369298809227358, 0.599832206555888, 1,
]);

function ratio(numerator: Float64Array, denominator: Float64Array, x: number): number {
  let above = numerator[0];
  let below = denominator[0];
  for (let i = 1; i < 8; i++) {
    above = above * x + numerator[i];
    below = below * x + denominator[i];
  }
  return above / below;
}

/** The z with Φ(z) = p in float64: ∓Infinity at 0 and 1, NaN outside. Source: Wichura 1988. */
export function normalQuantileF64(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRAL_NUMERATOR, CENTRAL_DENOMINATOR, 0.180625 - q * q);
  const tail = q < 0 ? p : 1 - p;
  if (!(tail > 0)) return tail === 0 ? (q < 0 ? -Infinity : Infinity) : NaN;
  const r = Math.sqrt(-logF64(tail));
  const z = r <= 5 ? ratio(TAIL_NUMERATOR, TAIL_DENOMINATOR, r - 1.6) : ratio(FAR_NUMERATOR, FAR_DENOMINATOR, r - 5);
  return q < 0 ? -z : z;
}
