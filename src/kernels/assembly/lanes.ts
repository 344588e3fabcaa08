/** Short names for what the elementwise functions are made of. Every operation rounds to float32 on its own. */

@inline export function constant(x: f32): v128 {
  return f32x4.splat(x);
}

@inline export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

@inline export function subtract(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

@inline export function multiply(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

/** q·x + c, the product and the sum rounded separately: one step of Horner's scheme. */
@inline export function horner(q: v128, x: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(q, x), f32x4.splat(c));
}

/** The first `count` (1 to 3) floats at an address; the other lanes are 1, and nothing behind them is read. */
export function loadPart(address: usize, count: i32): v128 {
  let x = v128.load32_lane(address, f32x4.splat(1), 0);
  if (count > 1) x = v128.load32_lane(address, x, 1, 4);
  if (count > 2) x = v128.load32_lane(address, x, 2, 8);
  return x;
}

/** Stores the first `count` (1 to 3) lanes, and nothing behind them. */
export function storePart(address: usize, x: v128, count: i32): void {
  v128.store32_lane(address, x, 0);
  if (count > 1) v128.store32_lane(address, x, 1, 4);
  if (count > 2) v128.store32_lane(address, x, 2, 8);
}

/** Four floats, or the first `left` of them where there are fewer, as `loadPart`. */
@inline export function loadRows(from: usize, left: i32): v128 {
  return left < 4 ? loadPart(from, left) : v128.load(from);
}

@inline export function storeRows(to: usize, x: v128, left: i32): void {
  if (left < 4) storePart(to, x, left);
  else v128.store(to, x);
}

/** Elements 0 … left − 1 of a column, four at most, which lie `step` bytes apart; the other lanes are 0. */
@inline export function column(from: usize, step: usize, left: i32): v128 {
  if (step == 4 && left >= 4) return v128.load(from);
  let x = v128.load32_zero(from);
  if (left > 1) x = v128.load32_lane(from + step, x, 1);
  if (left > 2) x = v128.load32_lane(from + 2 * step, x, 2);
  if (left > 3) x = v128.load32_lane(from + 3 * step, x, 3);
  return x;
}

@inline export function storeColumn(to: usize, x: v128, step: usize, left: i32): void {
  if (step == 4 && left >= 4) {
    v128.store(to, x);
    return;
  }
  v128.store32_lane(to, x, 0);
  if (left > 1) v128.store32_lane(to + step, x, 1);
  if (left > 2) v128.store32_lane(to + 2 * step, x, 2);
  if (left > 3) v128.store32_lane(to + 3 * step, x, 3);
}
