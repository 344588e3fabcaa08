/** Real numbers [B, A] squashed between two bounds of each element, and back. bounds [4, A]: low, high, lowest and highest action. Lanes go
 *  over rows. */
import { add, column, constant, multiply, storeColumn, storeRows, subtract } from './lanes';
import { exp4, log4 } from './math';

@inline
function halfWidth(bounds: usize, step: usize): v128 {
  const half = constant(0.5);
  return subtract(multiply(v128.load32_splat(bounds + step), half), multiply(v128.load32_splat(bounds), half));
}

/** The action within its range; a NaN stays. */
@inline
function hold(action: v128, bounds: usize, step: usize): v128 {
  return f32x4.pmin(f32x4.pmax(action, v128.load32_splat(bounds + 2 * step)), v128.load32_splat(bounds + 3 * step));
}

/** See `Kernels.squash`. */
export function squash(u: usize, bounds: usize, actions: usize, B: i32, A: i32): void {
  const step = <usize>A << 2;
  for (let j: usize = 0; j < step; j += 4) {
    const own = bounds + j;
    const half = halfWidth(own, step);
    for (let b = 0; b < B; b += 4) {
      const left = B - b;
      const k = <usize>b * step + j;
      const x = column(u + k, step, left);
      const size = f32x4.abs(x);
      const e = exp4(f32x4.neg(add(size, size)));
      const way = multiply(half, f32x4.div(add(e, e), add(constant(1), e)));
      const above = subtract(v128.load32_splat(own + step), way);
      const action = v128.bitselect(add(v128.load32_splat(own), way), above, f32x4.lt(x, constant(0)));
      storeColumn(actions + k, hold(action, own, step), step, left);
    }
  }
}

/** See `Kernels.unsquash`. */
export function unsquash(actions: usize, bounds: usize, u: usize, logSlopes: usize, B: i32, A: i32): void {
  const step = <usize>A << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    let slopes = constant(0);
    for (let j: usize = 0; j < step; j += 4) {
      const own = bounds + j;
      const k = <usize>b * step + j;
      const action = hold(column(actions + k, step, left), own, step);
      const fromLow = subtract(action, v128.load32_splat(own));
      const fromHigh = subtract(v128.load32_splat(own + step), action);
      storeColumn(u + k, multiply(constant(0.5), log4(f32x4.div(fromLow, fromHigh))), step, left);
      slopes = add(slopes, log4(multiply(f32x4.div(fromLow, halfWidth(own, step)), fromHigh)));
    }
    storeRows(logSlopes + (<usize>b << 2), slopes, left);
  }
}
