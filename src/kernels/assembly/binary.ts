/** Yes-or-no decisions [B, A] by logits; lanes go over elements where they are apart, and over rows where those of a row are added up. */
import { add, column, constant, loadRows, multiply, storeColumn, storeRows, subtract } from './lanes';
import { exp4, sigmoid4, softplus4 } from './math';

/** See `Kernels.binarySample`. */
export function binarySample(logits: usize, noise: usize, actions: usize, logProbs: usize, B: i32, A: i32): void {
  const n = B * A;
  for (let k = 0; k < n; k += 4) {
    const left = n - k;
    const at = <usize>k << 2;
    const yes = f32x4.lt(loadRows(noise + at, left), sigmoid4(loadRows(logits + at, left)));
    storeRows(actions + at, v128.and(constant(1), yes), left);
  }
  binaryEvaluate(logits, actions, logProbs, 0, B, A);
}

/** See `Kernels.binaryEvaluate`; what is not wanted is 0. */
export function binaryEvaluate(
  logits: usize,
  actions: usize,
  logProbs: usize,
  entropies: usize,
  B: i32,
  A: i32,
): void {
  const step = <usize>A << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const row = <usize>b * step;
    let logProb = constant(0);
    let entropy = constant(0);
    for (let j: usize = 0; j < step; j += 4) {
      const x = column(logits + row + j, step, left);
      if (actions != 0) {
        const yes = f32x4.eq(column(actions + row + j, step, left), constant(1));
        logProb = subtract(logProb, softplus4(v128.bitselect(f32x4.neg(x), x, yes)));
      }
      if (entropies == 0) continue;
      const size = f32x4.abs(x);
      const e = exp4(f32x4.neg(size));
      const rest = f32x4.div(multiply(size, e), add(constant(1), e));
      entropy = add(entropy, add(softplus4(f32x4.neg(size)), v128.and(rest, f32x4.ne(e, constant(0)))));
    }
    if (logProbs != 0) storeRows(logProbs + (<usize>b << 2), logProb, left);
    if (entropies != 0) storeRows(entropies + (<usize>b << 2), entropy, left);
  }
}

/** See `Kernels.binaryBackward`. */
export function binaryBackward(
  logits: usize,
  actions: usize,
  dLogProbs: usize,
  dEntropies: usize,
  dLogits: usize,
  B: i32,
  A: i32,
): void {
  const step = <usize>A << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const row = <usize>b * step;
    const g = loadRows(dLogProbs + (<usize>b << 2), left);
    const h = loadRows(dEntropies + (<usize>b << 2), left);
    for (let j: usize = 0; j < step; j += 4) {
      const k = row + j;
      const x = column(logits + k, step, left);
      const p = sigmoid4(x);
      const spread = multiply(x, multiply(p, sigmoid4(f32x4.neg(x))));
      const own = multiply(g, subtract(column(actions + k, step, left), p));
      const open = f32x4.ne(f32x4.abs(x), constant(Infinity));
      storeColumn(dLogits + k, v128.and(subtract(own, multiply(h, spread)), open), step, left);
    }
  }
}
