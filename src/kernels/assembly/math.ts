/** The elementwise functions of `src/base/math` on four lanes: the same operations in the same order, so the same bits. */
import { add, constant, horner, loadPart, multiply, storePart, subtract } from './lanes';
import { cos4, sin4 } from './trigonometry';

export { cos4, sin4 };

/** 1.5·2²³: adding it rounds to the nearest integer and leaves that integer in the low bits. */
const ROUNDER: f32 = 12582912;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -0.00021219444170128554;

@inline export function exp4(x: v128): v128 {
  // pmax and pmin keep a NaN that is their first operand, and are one instruction each.
  const clamped = f32x4.pmin(f32x4.pmax(x, constant(-104)), constant(89));
  const t = add(multiply(clamped, constant(1.4426950216293335)), constant(ROUNDER));
  const n = subtract(t, constant(ROUNDER));
  const high = subtract(clamped, multiply(n, constant(LN2_HIGH)));
  const low = multiply(n, constant(LN2_LOW));
  const r = subtract(high, low);
  let q = horner(r, constant(1.37835857458412647247314453125e-3), 8.36885161697864532470703125e-3);
  q = horner(q, r, 4.16689552366733551025390625e-2);
  q = horner(q, r, 0.16666519641876220703125);
  q = horner(q, r, 0.4999999105930328369140625);
  const p = add(constant(1), add(high, subtract(multiply(multiply(r, r), q), low)));
  const k = i32x4.sub(t, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(k, 1);
  const bias = i32x4.splat(127);
  const scale1 = i32x4.shl(i32x4.add(half, bias), 23);
  const scale2 = i32x4.shl(i32x4.add(i32x4.sub(k, half), bias), 23);
  return multiply(multiply(p, scale1), scale2);
}

/** ln of positive, normal, finite numbers; `shift` (integers as float32's exponents are) is added to the exponent. */
@inline export function logOfNormal4(x: v128, shift: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const r = subtract(i32x4.sub(x, i32x4.shl(exponent, 23)), constant(1));
  const n = f32x4.convert_i32x4_s(i32x4.add(exponent, shift));
  const z = multiply(r, r);
  let q = horner(r, constant(8.7024666368961334228515625e-2), -0.14269922673702239990234375);
  q = horner(q, r, 0.14915190637111663818359375);
  q = horner(q, r, -0.16577313840389251708984375);
  q = horner(q, r, 0.19962997734546661376953125);
  q = horner(q, r, -0.2500134408473968505859375);
  q = horner(q, r, 0.3333391249179840087890625);
  const y = subtract(add(multiply(multiply(z, r), q), multiply(n, constant(LN2_LOW))), multiply(z, constant(0.5)));
  return add(add(r, y), multiply(n, constant(LN2_HIGH)));
}

@inline export function log4(x: v128): v128 {
  const denormal = f32x4.lt(x, constant(1.1754943508222875e-38));
  const normal = v128.bitselect(multiply(x, constant(8388608)), x, denormal);
  let y = logOfNormal4(normal, v128.and(denormal, i32x4.splat(-23)));
  // Infinity and NaN are their own logarithm; then zeros, then what is below.
  y = v128.bitselect(y, x, f32x4.lt(x, constant(Infinity)));
  y = v128.bitselect(constant(-Infinity), y, f32x4.eq(x, constant(0)));
  return v128.bitselect(constant(NaN), y, f32x4.lt(x, constant(0)));
}

@inline export function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(<i32>0x80000000));
  const w = f32x4.pmin(v128.xor(x, sign), constant(9.05));
  const t = add(multiply(w, constant(2.8904526233673096)), constant(ROUNDER + 126));
  const n = subtract(t, constant(ROUNDER + 126));
  const r = subtract(w, multiply(n, constant(0.3465735912322998)));
  const z = multiply(r, r);
  const q = horner(z, constant(-2.2091200575232506e-2), 0.33333191275596619);
  const g = subtract(constant(1), subtract(r, multiply(q, z)));
  const half = i32x4.shl(t, 23);
  const numerator = add(multiply(half, add(r, r)), multiply(subtract(half, constant(0.5)), g));
  const y = f32x4.div(numerator, add(numerator, g));
  return v128.or(y, sign);
}

@inline export function sigmoid4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const one = constant(1);
  return f32x4.div(v128.bitselect(one, e, f32x4.ge(x, constant(0))), add(one, e));
}

@inline export function softplus4(x: v128): v128 {
  return softplusFrom4(x, exp4(f32x4.neg(f32x4.abs(x))));
}

/** e = exp(−|x|). */
@inline export function softplusFrom4(x: v128, e: v128): v128 {
  let q = horner(e, constant(-3.31243476830422878265380859375e-3), 2.017644606530666351318359375e-2);
  q = horner(q, e, -5.760939419269561767578125e-2);
  q = horner(q, e, 0.1067469418048858642578125);
  q = horner(q, e, -0.15351717174053192138671875);
  q = horner(q, e, 0.196940243244171142578125);
  q = horner(q, e, -0.24958293139934539794921875);
  q = horner(q, e, 0.3333047926425933837890625);
  q = horner(q, e, -0.4999993145465850830078125);
  return add(f32x4.pmax(x, constant(0)), add(e, multiply(multiply(e, e), q)));
}

const EXP: i32 = 0;
const LOG: i32 = 1;
const SIN: i32 = 2;
const COS: i32 = 3;
const TANH: i32 = 4;
const SIGMOID: i32 = 5;
const SOFTPLUS: i32 = 6;

/** `f` is constant where this is inlined: one branch is left. */
@inline function apply(f: i32, x: v128): v128 {
  if (f == EXP) return exp4(x);
  if (f == LOG) return log4(x);
  if (f == SIN) return sin4(x);
  if (f == COS) return cos4(x);
  if (f == TANH) return tanh4(x);
  if (f == SIGMOID) return sigmoid4(x);
  return softplus4(x);
}

/** Two vectors a turn: their operations fill each other's waiting times. */
@inline function map(f: i32, input: usize, output: usize, n: i32): void {
  const end = input + (<usize>n << 2);
  const offset = output - input;
  let from = input;
  for (; from + 32 <= end; from += 32) {
    const first = apply(f, v128.load(from));
    const second = apply(f, v128.load(from, 16));
    v128.store(from + offset, first);
    v128.store(from + offset, second, 16);
  }
  while (from < end) {
    const left = <i32>(end - from) >> 2;
    const y = apply(f, left < 4 ? loadPart(from, left) : v128.load(from));
    if (left < 4) storePart(from + offset, y, left);
    else v128.store(from + offset, y);
    from += 16;
  }
}

/** output[j] = f(input[j]) for n floats; output may be input. */
export function expArray(input: usize, output: usize, n: i32): void {
  map(EXP, input, output, n);
}

export function logArray(input: usize, output: usize, n: i32): void {
  map(LOG, input, output, n);
}

export function sinArray(input: usize, output: usize, n: i32): void {
  map(SIN, input, output, n);
}

export function cosArray(input: usize, output: usize, n: i32): void {
  map(COS, input, output, n);
}

export function tanhArray(input: usize, output: usize, n: i32): void {
  map(TANH, input, output, n);
}

export function sigmoidArray(input: usize, output: usize, n: i32): void {
  map(SIGMOID, input, output, n);
}

export function softplusArray(input: usize, output: usize, n: i32): void {
  map(SOFTPLUS, input, output, n);
}
