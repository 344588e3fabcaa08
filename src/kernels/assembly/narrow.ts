/** Layers with one to three outputs: heads and linear policies. Eight columns would be mostly empty, so the lanes go over
 *  the rows of the batch in the product, and over the inputs in the gradients. */
import { RELU, reluGradient, scalarGradient, TANH, tanhGradient } from './activations';

/** output[b, o] = bias[o] + Σ_i input[b, i]·weights[i, o], i ascending; O is 1, 2 or 3. */
export function narrowForward(input: usize, weights: usize, bias: usize, output: usize, B: i32, I: i32, O: i32): void {
  if (I == 1 && O == 1) {
    scalarForward(input, load<f32>(weights), load<f32>(bias), output, B);
    return;
  }
  const bias0 = v128.load32_splat(bias);
  const bias1 = O > 1 ? v128.load32_splat(bias, 4) : bias0;
  const bias2 = O > 2 ? v128.load32_splat(bias, 8) : bias0;
  const rowBytes = <usize>I << 2;
  const wStep = <usize>O << 2;
  for (let b = 0; b < B; b += 4) {
    const last = <usize>min(3, B - b - 1);
    let x0 = input + <usize>b * rowBytes;
    let x1 = x0 + min<usize>(1, last) * rowBytes;
    let x2 = x0 + min<usize>(2, last) * rowBytes;
    let x3 = x0 + min<usize>(3, last) * rowBytes;
    let c0 = bias0;
    let c1 = bias1;
    let c2 = bias2;
    let w = weights;
    let i = I;
    for (; i >= 4; i -= 4) {
      const r0 = v128.load(x0);
      const r1 = v128.load(x1);
      const r2 = v128.load(x2);
      const r3 = v128.load(x3);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const k0 = v128.shuffle<f32>(t0, t1, 0, 1, 4, 5);
      const k1 = v128.shuffle<f32>(t0, t1, 2, 3, 6, 7);
      const k2 = v128.shuffle<f32>(t2, t3, 0, 1, 4, 5);
      const k3 = v128.shuffle<f32>(t2, t3, 2, 3, 6, 7);
      const w1 = w + wStep;
      const w2 = w1 + wStep;
      const w3 = w2 + wStep;
      c0 = f32x4.add(c0, f32x4.mul(k0, v128.load32_splat(w)));
      c0 = f32x4.add(c0, f32x4.mul(k1, v128.load32_splat(w1)));
      c0 = f32x4.add(c0, f32x4.mul(k2, v128.load32_splat(w2)));
      c0 = f32x4.add(c0, f32x4.mul(k3, v128.load32_splat(w3)));
      if (O > 1) {
        c1 = f32x4.add(c1, f32x4.mul(k0, v128.load32_splat(w, 4)));
        c1 = f32x4.add(c1, f32x4.mul(k1, v128.load32_splat(w1, 4)));
        c1 = f32x4.add(c1, f32x4.mul(k2, v128.load32_splat(w2, 4)));
        c1 = f32x4.add(c1, f32x4.mul(k3, v128.load32_splat(w3, 4)));
      }
      if (O > 2) {
        c2 = f32x4.add(c2, f32x4.mul(k0, v128.load32_splat(w, 8)));
        c2 = f32x4.add(c2, f32x4.mul(k1, v128.load32_splat(w1, 8)));
        c2 = f32x4.add(c2, f32x4.mul(k2, v128.load32_splat(w2, 8)));
        c2 = f32x4.add(c2, f32x4.mul(k3, v128.load32_splat(w3, 8)));
      }
      w = w3 + wStep;
      x0 += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
    }
    for (; i > 0; i--) {
      let column: v128;
      if (I == 1 && last == 3) {
        column = v128.load(x0);
      } else {
        column = v128.load32_zero(x0);
        column = v128.load32_lane(x1, column, 1);
        column = v128.load32_lane(x2, column, 2);
        column = v128.load32_lane(x3, column, 3);
      }
      c0 = f32x4.add(c0, f32x4.mul(column, v128.load32_splat(w)));
      if (O > 1) c1 = f32x4.add(c1, f32x4.mul(column, v128.load32_splat(w, 4)));
      if (O > 2) c2 = f32x4.add(c2, f32x4.mul(column, v128.load32_splat(w, 8)));
      w += wStep;
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
    }
    const to = output + <usize>b * wStep;
    if (O == 1 && last == 3) {
      v128.store(to, c0);
    } else if (O == 2 && last == 3) {
      v128.store(to, v128.shuffle<f32>(c0, c1, 0, 4, 1, 5));
      v128.store(to, v128.shuffle<f32>(c0, c1, 2, 6, 3, 7), 16);
    } else {
      scatter(to, wStep, c0, last);
      if (O > 1) scatter(to + 4, wStep, c1, last);
      if (O > 2) scatter(to + 8, wStep, c2, last);
    }
  }
}

/** A line: one input, one output. */
function scalarForward(input: usize, weight: f32, bias: f32, output: usize, B: i32): void {
  const end = input + (<usize>B << 2);
  const whole = input + (<usize>(B & ~3) << 2);
  for (; input < whole; input += 16) {
    v128.store(output, f32x4.add(f32x4.splat(bias), f32x4.mul(v128.load(input), f32x4.splat(weight))));
    output += 16;
  }
  for (; input < end; input += 4) {
    store<f32>(output, bias + load<f32>(input) * weight);
    output += 4;
  }
}

/** Lanes 0 … last to addresses `step` bytes apart. */
@inline
function scatter(to: usize, step: usize, value: v128, last: usize): void {
  v128.store32_lane(to, value, 0);
  if (last > 0) v128.store32_lane(to + step, value, 1);
  if (last > 1) v128.store32_lane(to + 2 * step, value, 2);
  if (last > 2) v128.store32_lane(to + 3 * step, value, 3);
}

@inline
function gather(from: usize, step: usize, last: usize): v128 {
  let value = v128.load32_zero(from);
  if (last > 0) value = v128.load32_lane(from + step, value, 1);
  if (last > 1) value = v128.load32_lane(from + 2 * step, value, 2);
  if (last > 2) value = v128.load32_lane(from + 3 * step, value, 3);
  return value;
}

/** Gradients of `rows` rows of a narrow layer, rows ascending: dWeights[i, o] += Σ_b input[b, i]·d[b, o], and where dInput is not 0
 *  dInput[b, i] = Σ_o d[b, o]·weights[i, o]. Where belowBias is not 0, the input is what a layer below gave: dInput
 *  becomes the gradient before that layer's activation, and is added to belowBias. */
export function narrowBackward(
  input: usize,
  weights: usize,
  d: usize,
  dInput: usize,
  dWeights: usize,
  rows: i32,
  I: i32,
  O: i32,
  belowBias: usize,
  activation: i32,
): void {
  const dStep = <usize>O << 2;
  if (dInput == 0) {
    for (let o: usize = 0; o < dStep; o += 4) columnGradients(input, <usize>I << 2, d + o, dStep, dWeights + o, dStep, I, rows);
    return;
  }
  let i = 0;
  for (; i + 8 <= I; i += 8) {
    const at = <usize>i << 2;
    const to = <usize>i * dStep;
    const bias: usize = belowBias == 0 ? 0 : belowBias + at;
    if (O == 1) backwardColumns8(1, input + at, weights + to, d, dInput + at, dWeights + to, bias, rows, I, activation);
    else if (O == 2) backwardColumns8(2, input + at, weights + to, d, dInput + at, dWeights + to, bias, rows, I, activation);
    else backwardColumns8(3, input + at, weights + to, d, dInput + at, dWeights + to, bias, rows, I, activation);
  }
  for (; i < I; i++) {
    const at = <usize>i << 2;
    const to = <usize>i * dStep;
    backwardColumn(input + at, weights + to, d, dInput + at, dWeights + to, belowBias == 0 ? 0 : belowBias + at, rows, I, O, activation);
  }
}

/** Eight inputs of `narrowBackward`; `O` is constant where this is inlined, and what it does not need goes. */
@inline
function backwardColumns8(
  O: i32,
  x: usize,
  weights: usize,
  d: usize,
  dx: usize,
  dWeights: usize,
  belowBias: usize,
  rows: i32,
  I: i32,
  activation: i32,
): void {
  const row = <usize>I << 2;
  const dStep = <usize>O << 2;
  const high: usize = 4 * dStep;
  const zero = f32x4.splat(0);
  const w00 = gather(weights, dStep, 3);
  const w01 = gather(weights + high, dStep, 3);
  const w10 = O > 1 ? gather(weights + 4, dStep, 3) : zero;
  const w11 = O > 1 ? gather(weights + 4 + high, dStep, 3) : zero;
  const w20 = O > 2 ? gather(weights + 8, dStep, 3) : zero;
  const w21 = O > 2 ? gather(weights + 8 + high, dStep, 3) : zero;
  let c00 = gather(dWeights, dStep, 3);
  let c01 = gather(dWeights + high, dStep, 3);
  let c10 = O > 1 ? gather(dWeights + 4, dStep, 3) : zero;
  let c11 = O > 1 ? gather(dWeights + 4 + high, dStep, 3) : zero;
  let c20 = O > 2 ? gather(dWeights + 8, dStep, 3) : zero;
  let c21 = O > 2 ? gather(dWeights + 8 + high, dStep, 3) : zero;
  let bias0 = belowBias == 0 ? zero : v128.load(belowBias);
  let bias1 = belowBias == 0 ? zero : v128.load(belowBias, 16);
  for (let b = rows; b > 0; b--) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const s0 = v128.load32_splat(d);
    c00 = f32x4.add(c00, f32x4.mul(x0, s0));
    c01 = f32x4.add(c01, f32x4.mul(x1, s0));
    let g0 = f32x4.add(zero, f32x4.mul(s0, w00));
    let g1 = f32x4.add(zero, f32x4.mul(s0, w01));
    if (O > 1) {
      const s1 = v128.load32_splat(d, 4);
      c10 = f32x4.add(c10, f32x4.mul(x0, s1));
      c11 = f32x4.add(c11, f32x4.mul(x1, s1));
      g0 = f32x4.add(g0, f32x4.mul(s1, w10));
      g1 = f32x4.add(g1, f32x4.mul(s1, w11));
    }
    if (O > 2) {
      const s2 = v128.load32_splat(d, 8);
      c20 = f32x4.add(c20, f32x4.mul(x0, s2));
      c21 = f32x4.add(c21, f32x4.mul(x1, s2));
      g0 = f32x4.add(g0, f32x4.mul(s2, w20));
      g1 = f32x4.add(g1, f32x4.mul(s2, w21));
    }
    if (activation == TANH) {
      g0 = tanhGradient(x0, g0);
      g1 = tanhGradient(x1, g1);
    } else if (activation == RELU) {
      g0 = reluGradient(x0, g0);
      g1 = reluGradient(x1, g1);
    }
    bias0 = f32x4.add(bias0, g0);
    bias1 = f32x4.add(bias1, g1);
    v128.store(dx, g0);
    v128.store(dx, g1, 16);
    x += row;
    dx += row;
    d += dStep;
  }
  scatter(dWeights, dStep, c00, 3);
  scatter(dWeights + high, dStep, c01, 3);
  if (O > 1) {
    scatter(dWeights + 4, dStep, c10, 3);
    scatter(dWeights + 4 + high, dStep, c11, 3);
  }
  if (O > 2) {
    scatter(dWeights + 8, dStep, c20, 3);
    scatter(dWeights + 8 + high, dStep, c21, 3);
  }
  if (belowBias == 0) return;
  v128.store(belowBias, bias0);
  v128.store(belowBias, bias1, 16);
}

/** One input of `narrowBackward`. */
function backwardColumn(
  x: usize,
  weights: usize,
  d: usize,
  dx: usize,
  dWeights: usize,
  belowBias: usize,
  rows: i32,
  I: i32,
  O: i32,
  activation: i32,
): void {
  const row = <usize>I << 2;
  const dStep = <usize>O << 2;
  let bias: f32 = belowBias == 0 ? 0 : load<f32>(belowBias);
  for (let b = rows; b > 0; b--) {
    const value = load<f32>(x);
    let gradient: f32 = 0;
    for (let o: usize = 0; o < dStep; o += 4) {
      const s = load<f32>(d + o);
      store<f32>(dWeights + o, load<f32>(dWeights + o) + value * s);
      gradient += s * load<f32>(weights + o);
    }
    gradient = scalarGradient(value, gradient, activation);
    bias += gradient;
    store<f32>(dx, gradient);
    x += row;
    dx += row;
    d += dStep;
  }
  if (belowBias != 0) store<f32>(belowBias, bias);
}

/** out[j] += Σ_b x[b, j]·d[b] for `width` columns j, b ascending: rows of x are xStep bytes apart, elements of d dStep and those of out
 *  outStep. */
export function columnGradients(
  x: usize,
  xStep: usize,
  d: usize,
  dStep: usize,
  out: usize,
  outStep: usize,
  width: i32,
  B: i32,
): void {
  let j = 0;
  for (; j + 32 <= width; j += 32) columns32(x + (<usize>j << 2), xStep, d, dStep, out + <usize>j * outStep, outStep, B);
  for (; j + 8 <= width; j += 8) columns8(x + (<usize>j << 2), xStep, d, dStep, out + <usize>j * outStep, outStep, B);
  for (; j + 4 <= width; j += 4) columns4(x + (<usize>j << 2), xStep, d, dStep, out + <usize>j * outStep, outStep, B);
  if (j < width) columnsRest(x + (<usize>j << 2), xStep, d, dStep, out + <usize>j * outStep, outStep, B, width - j - 1);
}

function columns32(x: usize, xStep: usize, d: usize, dStep: usize, out: usize, outStep: usize, B: i32): void {
  const block: usize = 4 * outStep;
  let c0 = gather(out, outStep, 3);
  let c1 = gather(out + block, outStep, 3);
  let c2 = gather(out + 2 * block, outStep, 3);
  let c3 = gather(out + 3 * block, outStep, 3);
  let c4 = gather(out + 4 * block, outStep, 3);
  let c5 = gather(out + 5 * block, outStep, 3);
  let c6 = gather(out + 6 * block, outStep, 3);
  let c7 = gather(out + 7 * block, outStep, 3);
  for (let b = B; b > 0; b--) {
    const s = v128.load32_splat(d);
    c0 = f32x4.add(c0, f32x4.mul(v128.load(x), s));
    c1 = f32x4.add(c1, f32x4.mul(v128.load(x, 16), s));
    c2 = f32x4.add(c2, f32x4.mul(v128.load(x, 32), s));
    c3 = f32x4.add(c3, f32x4.mul(v128.load(x, 48), s));
    c4 = f32x4.add(c4, f32x4.mul(v128.load(x, 64), s));
    c5 = f32x4.add(c5, f32x4.mul(v128.load(x, 80), s));
    c6 = f32x4.add(c6, f32x4.mul(v128.load(x, 96), s));
    c7 = f32x4.add(c7, f32x4.mul(v128.load(x, 112), s));
    x += xStep;
    d += dStep;
  }
  scatter(out, outStep, c0, 3);
  scatter(out + block, outStep, c1, 3);
  scatter(out + 2 * block, outStep, c2, 3);
  scatter(out + 3 * block, outStep, c3, 3);
  scatter(out + 4 * block, outStep, c4, 3);
  scatter(out + 5 * block, outStep, c5, 3);
  scatter(out + 6 * block, outStep, c6, 3);
  scatter(out + 7 * block, outStep, c7, 3);
}

function columns8(x: usize, xStep: usize, d: usize, dStep: usize, out: usize, outStep: usize, B: i32): void {
  let c0 = gather(out, outStep, 3);
  let c1 = gather(out + 4 * outStep, outStep, 3);
  for (let b = B; b > 0; b--) {
    const s = v128.load32_splat(d);
    c0 = f32x4.add(c0, f32x4.mul(v128.load(x), s));
    c1 = f32x4.add(c1, f32x4.mul(v128.load(x, 16), s));
    x += xStep;
    d += dStep;
  }
  scatter(out, outStep, c0, 3);
  scatter(out + 4 * outStep, outStep, c1, 3);
}

function columns4(x: usize, xStep: usize, d: usize, dStep: usize, out: usize, outStep: usize, B: i32): void {
  let c = gather(out, outStep, 3);
  for (let b = B; b > 0; b--) {
    c = f32x4.add(c, f32x4.mul(v128.load(x), v128.load32_splat(d)));
    x += xStep;
    d += dStep;
  }
  scatter(out, outStep, c, 3);
}

/** One to three inputs: last is their number less one. */
function columnsRest(x: usize, xStep: usize, d: usize, dStep: usize, out: usize, outStep: usize, B: i32, last: usize): void {
  let c = gather(out, outStep, last);
  for (let b = B; b > 0; b--) {
    let row: v128;
    if (last == 0) {
      row = v128.load32_zero(x);
    } else {
      row = v128.load64_zero(x);
      if (last == 2) row = v128.load32_lane(x, row, 2, 8);
    }
    c = f32x4.add(c, f32x4.mul(row, v128.load32_splat(d)));
    x += xStep;
    d += dStep;
  }
  scatter(out, outStep, c, last);
}
