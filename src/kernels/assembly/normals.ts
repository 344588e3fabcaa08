/** The standard normal law on four lanes: quantiles of uniforms, and both tails; docs/numerics.md. */
import { add, constant, horner, loadRows, multiply, storeRows, subtract } from './lanes';
import { exp4, log4 } from './math';

export const HALF_LOG_TWO_PI: f32 = 0.9189385332046727;
export const ENTROPY_AT_ONE: f32 = 1.4189385332046727;
const HALF_STEP: f32 = 2.98023223876953125e-8;

/** erf⁻¹(x)/x at w − 2.5. */
@inline function nearCenter(a: v128): v128 {
  let q = horner(constant(2.81022636e-8), a, 3.43273939e-7);
  q = horner(q, a, -3.5233877e-6);
  q = horner(q, a, -4.39150654e-6);
  q = horner(q, a, 2.1858087e-4);
  q = horner(q, a, -1.25372503e-3);
  q = horner(q, a, -4.17768164e-3);
  q = horner(q, a, 0.246640727);
  return horner(q, a, 1.50140941);
}

/** The same at √w − 3. */
@inline function farOut(a: v128): v128 {
  let q = horner(constant(-2.00214257e-4), a, 1.00950558e-4);
  q = horner(q, a, 1.34934322e-3);
  q = horner(q, a, -3.67342844e-3);
  q = horner(q, a, 5.73950773e-3);
  q = horner(q, a, -7.6224613e-3);
  q = horner(q, a, 9.43887047e-3);
  q = horner(q, a, 1.00167406);
  return horner(q, a, 2.83297682);
}

/** The quantile of u + 2⁻²⁵. */
@inline export function normalOfUniform4(u: v128): v128 {
  const one = constant(1);
  const lower = f32x4.lt(u, constant(0.5));
  const p = v128.bitselect(add(u, constant(HALF_STEP)), subtract(subtract(one, u), constant(HALF_STEP)), lower);
  const size = subtract(one, add(p, p));
  const w = f32x4.neg(log4(multiply(constant(4), multiply(p, subtract(one, p)))));
  const near = nearCenter(subtract(w, constant(2.5)));
  const far = farOut(subtract(f32x4.sqrt(w), constant(3)));
  const q = v128.bitselect(near, far, f32x4.lt(w, constant(5)));
  const z = multiply(multiply(q, size), constant(1.4142135623730951));
  return v128.bitselect(f32x4.neg(z), z, lower);
}

/** See `Kernels.normalsOfUniforms`. */
export function normalsOfUniforms(uniforms: usize, normals: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j << 2;
    storeRows(normals + at, normalOfUniform4(loadRows(uniforms + at, n - j)), n - j);
  }
}

/** Φ(−t)/φ(t), t ≥ 0. */
@inline export function mills4(t: v128): v128 {
  const s = f32x4.div(constant(1), add(constant(1), multiply(t, constant(0.25))));
  let q = horner(constant(0.04958627372980118), s, -0.20272992551326752);
  q = horner(q, s, 0.23962734639644623);
  q = horner(q, s, -0.07950496673583984);
  q = horner(q, s, 0.15967048704624176);
  q = horner(q, s, 0.1478286236524582);
  q = horner(q, s, 0.2045486867427826);
  q = horner(q, s, 0.2342853993177414);
  q = horner(q, s, 0.2500021457672119);
  q = horner(q, s, 0.2499999850988388);
  return multiply(q, s);
}

/** −½ t². */
@inline export function fall4(t: v128): v128 {
  return multiply(constant(-0.5), multiply(t, t));
}

/** φ, from `fall4`. */
@inline export function density4(fall: v128): v128 {
  return multiply(constant(0.3989422804014327), exp4(fall));
}
