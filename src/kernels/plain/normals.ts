import { expF32, logF32 } from '../../base/math/index.js';

const { fround } = Math;

/** Coefficients, from the highest power on, of erf⁻¹(x)/x as a function of w − 2.5 where w = −log (1 − x²) is below 5, and of √w − 3
 *  elsewhere. Source: Giles 2012, "Approximating the erfinv function". */
const NEAR = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
].map(fround);
const FAR = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406,
  2.83297682,
].map(fround);
/** Of the ratio of Mills Φ(−t)/φ(t) over s = 1/(1 + t/4), as a polynomial of s. */
const MILLS = [
  0.04958627372980118, -0.20272992551326752, 0.23962734639644623, -0.07950496673583984, 0.15967048704624176,
  0.1478286236524582, 0.2045486867427826, 0.2342853993177414, 0.2500021457672119, 0.2499999850988388,
];
const SQRT_TWO = fround(Math.SQRT2);
const HALF_STEP = 2 ** -25;
const HALF_LOG_TWO_PI = fround(0.9189385332046727);
const DENSITY_AT_0 = fround(0.3989422804014327);

function horner(coefficients: readonly number[], x: number): number {
  let q = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) q = fround(fround(q * x) + coefficients[i]);
  return q;
}

/** The quantile of the standard normal law at u + 2⁻²⁵, u being a uniform in steps of 2⁻²⁴. */
export function normalOfUniform(u: number): number {
  // The nearer tail's probability: exact, as 1 − 2p is.
  const p = u < 0.5 ? fround(u + HALF_STEP) : fround(fround(1 - u) - HALF_STEP);
  const size = fround(1 - fround(p + p));
  const w = -logF32(fround(4 * fround(p * fround(1 - p))));
  const q = w < 5 ? horner(NEAR, fround(w - 2.5)) : horner(FAR, fround(fround(Math.sqrt(w)) - 3));
  const z = fround(fround(q * size) * SQRT_TWO);
  return u < 0.5 ? -z : z;
}

/** See `Kernels.normalsOfUniforms`. */
export function normalsOfUniforms(uniforms: Float32Array, normals: Float32Array, n: number): void {
  for (let j = 0; j < n; j++) normals[j] = normalOfUniform(uniforms[j]);
}

/** Of the standard normal law at c: the density, Φ(c), Φ(−c), log Φ(c), and φ(c)/Φ(c). */
export class NormalTails {
  density = 0;
  below = 0;
  above = 0;
  logBelow = 0;
  inverseMills = 0;

  load(c: number): void {
    const t = Math.abs(c);
    const s = fround(1 / fround(1 + fround(t * 0.25)));
    const mills = fround(horner(MILLS, s) * s);
    const fall = fround(-0.5 * fround(t * t));
    this.density = fround(DENSITY_AT_0 * expF32(fall));
    const tail = fround(this.density * mills);
    const rest = fround(1 - tail);
    const negative = c < 0;
    this.below = negative ? tail : rest;
    this.above = negative ? rest : tail;
    this.logBelow = negative ? fround(fround(fall - HALF_LOG_TWO_PI) + logF32(mills)) : logF32(rest);
    this.inverseMills = negative ? fround(1 / mills) : fround(this.density / rest);
  }
}
