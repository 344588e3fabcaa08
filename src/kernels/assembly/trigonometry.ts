/** sin and cos on four lanes: see `src/base/math/trigonometry-f32.ts`, whose operations these are. */
import { add, constant, horner, multiply, subtract } from './lanes';

/** sin r for |r| ≤ π/4. */
@inline export function sinNearZero4(r: v128): v128 {
  const z = multiply(r, r);
  let q = horner(z, constant(-1.95182845345698297023773193359375e-4), 8.3321891725063323974609375e-3);
  q = horner(q, z, -0.16666655242443084716796875);
  return add(r, multiply(multiply(r, z), q));
}

/** cos r for |r| ≤ π/4. */
@inline export function cosNearZero4(r: v128): v128 {
  const z = multiply(r, r);
  let q = horner(z, constant(2.4432563805021345615386962890625e-5), -1.388731063343584537506103515625e-3);
  q = horner(q, z, 4.16666455566883087158203125e-2);
  return add(subtract(constant(1), multiply(z, constant(0.5))), multiply(multiply(z, z), q));
}

/** Of sin r and cos r, the one that the quadrant asks for, with its sign: sin(r + quadrant·π/2). */
@inline export function turn4(sine: v128, cosine: v128, quadrant: v128): v128 {
  const odd = i32x4.shr_s(i32x4.shl(quadrant, 31), 31);
  const sign = i32x4.shl(i32x4.shr_u(i32x4.shl(quadrant, 30), 31), 31);
  return v128.xor(v128.bitselect(cosine, sine, odd), sign);
}

@inline function rounded(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(0.6366197723675814)), f64x2.splat(6755399441055744));
}

@inline function remainder(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, f64x2.splat(6755399441055744));
  const r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(1.5707963109016418)));
  return f32x4.demote_f64x2_zero(f64x2.sub(r, f64x2.mul(n, f64x2.splat(1.5893254773528197e-8))));
}

/** Digit k of 2/π in base 2²⁴, after the point. */
function twoOverPiDigit(k: i32): f64 {
  switch (k) {
    case 0: return 10680707;
    case 1: return 7228996;
    case 2: return 1387004;
    case 3: return 2578385;
    case 4: return 16069853;
    case 5: return 12639074;
    case 6: return 9804092;
    case 7: return 4427841;
    default: return 16666979;
  }
}

/** Remainder and quadrant, as two float64, of |x| ≥ 2²³ modulo π/2. */
function reduceLarge(x: f32): v128 {
  const bits = reinterpret<i32>(x);
  const exponent = (bits >>> 23) & 255;
  if (exponent == 255) return f64x2(NaN, 0);
  const shift = exponent - 150;
  const mantissa = <f64>((bits & 0x7fffff) | 0x800000);
  let first = 0;
  while (shift - 24 * (first + 1) > 1) first++;
  const power = reinterpret<f64>(<i64>(shift - 24 * (first + 1) + 1023) << 52);
  let scale = mantissa * power;
  const step: f64 = 1.0 / 16777216.0;
  const head = scale * twoOverPiDigit(first);
  scale *= step;
  const next = scale * twoOverPiDigit(first + 1);
  let turns = head - 4 * Math.floor(head * 0.25) + (next - 4 * Math.floor(next * 0.25));
  scale *= step;
  const third = scale * twoOverPiDigit(first + 2);
  scale *= step;
  const fourth = scale * twoOverPiDigit(first + 3);
  scale *= step;
  const fifth = scale * twoOverPiDigit(first + 4);
  const n = Math.floor(turns + third + 0.5);
  turns = turns - n + third + (fourth + fifth);
  const r = turns * 1.5707963267948966;
  return bits < 0 ? f64x2(-r, -n) : f64x2(r, n);
}

/** sin(x + shift·π/2) of the lanes at or beyond 2²³, and y of the others: rare, so lane by lane. */
function replaceLarge(x: v128, y: v128, shift: i32): v128 {
  const first = largeLane(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0), shift);
  const second = largeLane(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1), shift);
  const third = largeLane(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2), shift);
  const fourth = largeLane(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3), shift);
  return f32x4(first, second, third, fourth);
}

function largeLane(x: f32, y: f32, shift: i32): f32 {
  if (!(Mathf.abs(x) >= 8388608)) return y;
  const parts = reduceLarge(x);
  const r = f32x4.splat(<f32>f64x2.extract_lane(parts, 0));
  const quadrant = i32x4.splat(<i32>f64x2.extract_lane(parts, 1) + shift);
  return f32x4.extract_lane(turn4(sinNearZero4(r), cosNearZero4(r), quadrant), 0);
}

/** sin(x + shift·π/2), shift a constant: the argument is reduced in float64, two lanes at a time. */
@inline function sinShifted4(x: v128, shift: i32): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
  const tLow = rounded(low);
  const tHigh = rounded(high);
  const r = v128.shuffle<i32>(remainder(low, tLow), remainder(high, tHigh), 0, 1, 4, 5);
  const quadrant = i32x4.add(v128.shuffle<i32>(tLow, tHigh, 0, 2, 4, 6), i32x4.splat(shift));
  const y = turn4(sinNearZero4(r), cosNearZero4(r), quadrant);
  return v128.any_true(f32x4.ge(f32x4.abs(x), constant(8388608))) ? replaceLarge(x, y, shift) : y;
}

@inline export function sin4(x: v128): v128 {
  // The sum in sinNearZero4 would make +0 of −0.
  return v128.bitselect(x, sinShifted4(x, 0), f32x4.eq(x, constant(0)));
}

@inline export function cos4(x: v128): v128 {
  return sinShifted4(x, 1);
}
