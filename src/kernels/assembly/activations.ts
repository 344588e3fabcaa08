/** Activations of dense layers and their gradients; the numbers are those of `activationCode` on the host's side. */
import { tanhArray } from './math';

export const RELU: i32 = 1;
export const TANH: i32 = 2;

/** values[j] = f(values[j]) for n floats. */
export function activate(values: usize, n: i32, activation: i32): void {
  if (activation == TANH) {
    tanhArray(values, values, n);
  } else if (activation == RELU) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const at = values + (<usize>j << 2);
      const x = v128.load(at);
      // Clears what is ≤ 0, which NaN is not: NaN stays NaN, and −0 becomes +0.
      v128.store(at, v128.andnot(x, f32x4.le(x, f32x4.splat(0))));
    }
    for (; j < n; j++) {
      const at = values + (<usize>j << 2);
      if (load<f32>(at) <= 0) store<f32>(at, 0);
    }
  }
}

@inline
export function tanhGradient(y: v128, d: v128): v128 {
  return f32x4.mul(d, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
}

@inline
export function reluGradient(y: v128, d: v128): v128 {
  return v128.and(f32x4.gt(y, f32x4.splat(0)), d);
}

@inline
export function activationGradient(y: v128, d: v128, activation: i32): v128 {
  if (activation == TANH) return tanhGradient(y, d);
  if (activation == RELU) return reluGradient(y, d);
  return d;
}

@inline
export function scalarGradient(y: f32, d: f32, activation: i32): f32 {
  if (activation == TANH) return d * (<f32>1 - y * y);
  if (activation == RELU) return y > 0 ? d : 0;
  return d;
}

/** The gradient before the activation of rows × width floats, in place over d, and added to dBias in row order. Rows of y and d are
 *  `step` bytes apart. */
export function activationGradients(
  y: usize,
  d: usize,
  dBias: usize,
  rows: i32,
  width: i32,
  step: usize,
  activation: i32,
): void {
  let o = 0;
  for (; o + 16 <= width; o += 16) {
    gradientColumns(y, d, dBias, rows, step, activation);
    y += 64;
    d += 64;
    dBias += 64;
  }
  for (; o < width; o++) {
    let sum = load<f32>(dBias);
    let value = d;
    let from = y;
    if (activation == 0) {
      for (let r = rows; r > 0; r--) {
        sum += load<f32>(value);
        value += step;
      }
    }
    for (let r = activation == 0 ? 0 : rows; r > 0; r--) {
      const gradient = scalarGradient(load<f32>(from), load<f32>(value), activation);
      store<f32>(value, gradient);
      sum += gradient;
      value += step;
      from += step;
    }
    store<f32>(dBias, sum);
    y += 4;
    d += 4;
    dBias += 4;
  }
}

/** Sixteen columns: their sums are chains that hide each other's waiting times. */
function gradientColumns(y: usize, d: usize, dBias: usize, rows: i32, step: usize, activation: i32): void {
  let sum0 = v128.load(dBias);
  let sum1 = v128.load(dBias, 16);
  let sum2 = v128.load(dBias, 32);
  let sum3 = v128.load(dBias, 48);
  for (let r = rows; r > 0; r--) {
    let d0 = v128.load(d);
    let d1 = v128.load(d, 16);
    let d2 = v128.load(d, 32);
    let d3 = v128.load(d, 48);
    if (activation != 0) {
      d0 = activationGradient(v128.load(y), d0, activation);
      d1 = activationGradient(v128.load(y, 16), d1, activation);
      d2 = activationGradient(v128.load(y, 32), d2, activation);
      d3 = activationGradient(v128.load(y, 48), d3, activation);
      v128.store(d, d0);
      v128.store(d, d1, 16);
      v128.store(d, d2, 32);
      v128.store(d, d3, 48);
    }
    sum0 = f32x4.add(sum0, d0);
    sum1 = f32x4.add(sum1, d1);
    sum2 = f32x4.add(sum2, d2);
    sum3 = f32x4.add(sum3, d3);
    y += step;
    d += step;
  }
  v128.store(dBias, sum0);
  v128.store(dBias, sum1, 16);
  v128.store(dBias, sum2, 32);
  v128.store(dBias, sum3, 48);
}
