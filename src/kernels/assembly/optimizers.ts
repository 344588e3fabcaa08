/** Optimizer steps over contiguous parameters, and the norm that clips gradients. Lanes hold elements. */

/** Adam. The host computes the scalars in float64 and rounds them once:
 *  keepMean = β1, takeMean = 1 − β1, keepVariance = β2, takeVariance = 1 − β2, stepSize = lr/(1 − β1ᵗ),
 *  varianceScale = 1/√(1 − β2ᵗ), coupled = weight decay (0: none), shrink = 1 − lr·decay (1: none). */
export function adam(
  parameters: usize,
  gradients: usize,
  mean: usize,
  variance: usize,
  n: i32,
  keepMean: f32,
  takeMean: f32,
  keepVariance: f32,
  takeVariance: f32,
  stepSize: f32,
  varianceScale: f32,
  epsilon: f32,
  coupled: f32,
  shrink: f32,
): void {
  let at: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  const km = f32x4.splat(keepMean);
  const tm = f32x4.splat(takeMean);
  const kv = f32x4.splat(keepVariance);
  const tv = f32x4.splat(takeVariance);
  const ss = f32x4.splat(stepSize);
  const vs = f32x4.splat(varianceScale);
  const ep = f32x4.splat(epsilon);
  for (; at < whole; at += 16) {
    let p = v128.load(parameters + at);
    let g = v128.load(gradients + at);
    if (coupled != 0) g = f32x4.add(g, f32x4.mul(f32x4.splat(coupled), p));
    if (shrink != 1) p = f32x4.mul(p, f32x4.splat(shrink));
    const m = f32x4.add(f32x4.mul(km, v128.load(mean + at)), f32x4.mul(tm, g));
    const v = f32x4.add(f32x4.mul(kv, v128.load(variance + at)), f32x4.mul(f32x4.mul(tv, g), g));
    v128.store(mean + at, m);
    v128.store(variance + at, v);
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v), vs), ep);
    v128.store(parameters + at, f32x4.sub(p, f32x4.div(f32x4.mul(ss, m), denominator)));
  }
  for (; at < end; at += 4) {
    let p = load<f32>(parameters + at);
    let g = load<f32>(gradients + at);
    if (coupled != 0) g = g + coupled * p;
    if (shrink != 1) p = p * shrink;
    const m = keepMean * load<f32>(mean + at) + takeMean * g;
    const v = keepVariance * load<f32>(variance + at) + takeVariance * g * g;
    store<f32>(mean + at, m);
    store<f32>(variance + at, v);
    store<f32>(parameters + at, p - (stepSize * m) / (sqrt<f32>(v) * varianceScale + epsilon));
  }
}

/** SGD. velocity is 0 (no address) when momentum is 0; decay 0 adds nothing. */
export function sgd(
  parameters: usize,
  gradients: usize,
  velocity: usize,
  n: i32,
  learningRate: f32,
  momentum: f32,
  decay: f32,
): void {
  let at: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; at < whole; at += 16) {
    const p = v128.load(parameters + at);
    let g = v128.load(gradients + at);
    if (decay != 0) g = f32x4.add(g, f32x4.mul(f32x4.splat(decay), p));
    if (velocity != 0) {
      g = f32x4.add(f32x4.mul(f32x4.splat(momentum), v128.load(velocity + at)), g);
      v128.store(velocity + at, g);
    }
    v128.store(parameters + at, f32x4.sub(p, f32x4.mul(f32x4.splat(learningRate), g)));
  }
  for (; at < end; at += 4) {
    const p = load<f32>(parameters + at);
    let g = load<f32>(gradients + at);
    if (decay != 0) g = g + decay * p;
    if (velocity != 0) {
      g = momentum * load<f32>(velocity + at) + g;
      store<f32>(velocity + at, g);
    }
    store<f32>(parameters + at, p - learningRate * g);
  }
}

/** Σ values in eight float64 stripes: element j goes to stripe j mod 8; then ((s0+s4)+(s2+s6)) + ((s1+s5)+(s3+s7)). */
export function sum(values: usize, n: i32): f64 {
  return stripes(values, n, false);
}

/** Σ values², striped like `sum`. A product of two float32 is exact in float64. */
export function sumOfSquares(values: usize, n: i32): f64 {
  return stripes(values, n, true);
}

export function scale(values: usize, n: i32, factor: f32): void {
  let at: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; at < whole; at += 16) v128.store(values + at, f32x4.mul(v128.load(values + at), f32x4.splat(factor)));
  for (; at < end; at += 4) store<f32>(values + at, load<f32>(values + at) * factor);
}

@inline
function stripes(values: usize, n: i32, square: bool): f64 {
  let s01 = f64x2.splat(0);
  let s23 = s01;
  let s45 = s01;
  let s67 = s01;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    const low = v128.load(values);
    const high = v128.load(values, 16);
    s01 = f64x2.add(s01, pair(low, square));
    s23 = f64x2.add(s23, pair(v128.shuffle<i64>(low, low, 1, 0), square));
    s45 = f64x2.add(s45, pair(high, square));
    s67 = f64x2.add(s67, pair(v128.shuffle<i64>(high, high, 1, 0), square));
    values += 32;
  }
  // A stripe starts at +0 and so is never −0: adding the +0 of an absent element changes no bit.
  const rest = n - j;
  if (rest > 0) s01 = f64x2.add(s01, pair(first(values, rest), square));
  if (rest > 2) s23 = f64x2.add(s23, pair(first(values + 8, rest - 2), square));
  if (rest > 4) s45 = f64x2.add(s45, pair(first(values + 16, rest - 4), square));
  if (rest > 6) s67 = f64x2.add(s67, pair(first(values + 24, rest - 6), square));
  const total = f64x2.add(f64x2.add(s01, s45), f64x2.add(s23, s67));
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

@inline
function pair(values: v128, square: bool): v128 {
  const wide = f64x2.promote_low_f32x4(values);
  return square ? f64x2.mul(wide, wide) : wide;
}

@inline
function first(values: usize, available: i32): v128 {
  return available > 1 ? v128.load64_zero(values) : v128.load32_zero(values);
}
