/** The 4 × 8 register block that every dense product is made of. Vector lanes hold elements, never partial sums, so the
 *  block size changes nothing in the bits. */
import { RELU, reluGradient, TANH, tanhGradient } from './activations';

/** Rows and columns of a block. 4 × 8 keeps eight accumulators, two columns and the product in 15 vector registers. The
 *  loop is left rolled: the host's compiler puts the sums of an unrolled one one after the other, so that each waits for itself, and
 *  runs out of registers. */
export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;
export const PANEL_BYTES: usize = 32;

/** out[r, c] = init[r, c] + Σ_k a[r, k]·w[k, c] for 4 rows and 8 columns, k ascending; an init of 0 stands for +0 everywhere. Row r
 *  of `a` begins at a + r·aRow and its elements are aStep bytes apart. Rows after `lastRow` repeat it, so that nothing outside `a` is
 *  read.
 *
 *  Where `below` is true, out is the gradient of a layer's output y, rows outRow apart as those of out: what is stored is the
 *  gradient before that layer's activation, and it is added to dBias, row after row. */
@inline
export function tile(
  a: usize,
  aRow: usize,
  lastRow: usize,
  aStep: usize,
  w: usize,
  wStep: usize,
  K: i32,
  init: usize,
  initRow: usize,
  out: usize,
  outRow: usize,
  below: bool,
  y: usize,
  dBias: usize,
  activation: i32,
): void {
  let a0 = a;
  let a1 = a + min<usize>(1, lastRow) * aRow;
  let a2 = a + min<usize>(2, lastRow) * aRow;
  let a3 = a + min<usize>(3, lastRow) * aRow;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  if (init != 0) {
    c00 = v128.load(init);
    c01 = v128.load(init, 16);
    init += initRow;
    c10 = v128.load(init);
    c11 = v128.load(init, 16);
    init += initRow;
    c20 = v128.load(init);
    c21 = v128.load(init, 16);
    init += initRow;
    c30 = v128.load(init);
    c31 = v128.load(init, 16);
  }
  for (let k = K; k > 0; k--) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const s0 = v128.load32_splat(a0);
    c00 = f32x4.add(c00, f32x4.mul(s0, w0));
    c01 = f32x4.add(c01, f32x4.mul(s0, w1));
    const s1 = v128.load32_splat(a1);
    c10 = f32x4.add(c10, f32x4.mul(s1, w0));
    c11 = f32x4.add(c11, f32x4.mul(s1, w1));
    const s2 = v128.load32_splat(a2);
    c20 = f32x4.add(c20, f32x4.mul(s2, w0));
    c21 = f32x4.add(c21, f32x4.mul(s2, w1));
    const s3 = v128.load32_splat(a3);
    c30 = f32x4.add(c30, f32x4.mul(s3, w0));
    c31 = f32x4.add(c31, f32x4.mul(s3, w1));
    w += wStep;
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  if (below) {
    const y1 = y + outRow;
    const y2 = y1 + outRow;
    const y3 = y2 + outRow;
    if (activation == TANH) {
      c00 = tanhGradient(v128.load(y), c00);
      c01 = tanhGradient(v128.load(y, 16), c01);
      c10 = tanhGradient(v128.load(y1), c10);
      c11 = tanhGradient(v128.load(y1, 16), c11);
      c20 = tanhGradient(v128.load(y2), c20);
      c21 = tanhGradient(v128.load(y2, 16), c21);
      c30 = tanhGradient(v128.load(y3), c30);
      c31 = tanhGradient(v128.load(y3, 16), c31);
    } else if (activation == RELU) {
      c00 = reluGradient(v128.load(y), c00);
      c01 = reluGradient(v128.load(y, 16), c01);
      c10 = reluGradient(v128.load(y1), c10);
      c11 = reluGradient(v128.load(y1, 16), c11);
      c20 = reluGradient(v128.load(y2), c20);
      c21 = reluGradient(v128.load(y2, 16), c21);
      c30 = reluGradient(v128.load(y3), c30);
      c31 = reluGradient(v128.load(y3, 16), c31);
    }
    v128.store(dBias, f32x4.add(f32x4.add(f32x4.add(f32x4.add(v128.load(dBias), c00), c10), c20), c30));
    v128.store(dBias, f32x4.add(f32x4.add(f32x4.add(f32x4.add(v128.load(dBias, 16), c01), c11), c21), c31), 16);
  }
  v128.store(out, c00);
  v128.store(out, c01, 16);
  out += outRow;
  v128.store(out, c10);
  v128.store(out, c11, 16);
  out += outRow;
  v128.store(out, c20);
  v128.store(out, c21, 16);
  out += outRow;
  v128.store(out, c30);
  v128.store(out, c31, 16);
}

/** Such a block at an edge, where it is no matter that a call costs something: of lastRow + 1 rows. */
export function edgeTile(
  a: usize,
  aRow: usize,
  lastRow: usize,
  aStep: usize,
  w: usize,
  wStep: usize,
  K: i32,
  init: usize,
  initRow: usize,
  out: usize,
  outRow: usize,
): void {
  tile(a, aRow, lastRow, aStep, w, wStep, K, init, initRow, out, outRow, false, 0, 0, 0);
}

/** Copies the rows × columns floats of a block that lie inside an array. */
export function copyBlock(from: usize, fromRow: usize, to: usize, toRow: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = <usize>c << 2;
      store<f32>(to + at, load<f32>(from + at));
    }
    from += fromRow;
    to += toRow;
  }
}

/** Columns [first, first + 8) of a matrix [K, columns] as a panel [K, 8]; columns that do not exist become 0. */
export function packPanel(matrix: usize, K: i32, columns: i32, first: i32, panel: usize): void {
  const step = <usize>columns << 2;
  const width = columns - first;
  let from = matrix + (<usize>first << 2);
  if (width >= TILE_COLUMNS) {
    for (let k = 0; k < K; k++) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
      from += step;
      panel += PANEL_BYTES;
    }
    return;
  }
  for (let k = 0; k < K; k++) {
    v128.store(panel, f32x4.splat(0));
    v128.store(panel, f32x4.splat(0), 16);
    for (let c = 0; c < width; c++) store<f32>(panel + (<usize>c << 2), load<f32>(from + (<usize>c << 2)));
    from += step;
    panel += PANEL_BYTES;
  }
}

/** Rows [first, first + 8) of a matrix [rows, K] as a panel [K, 8], transposed; rows that do not exist become 0. */
export function packTransposedPanel(matrix: usize, rows: i32, K: i32, first: i32, panel: usize): void {
  const step = <usize>K << 2;
  const height = min<i32>(TILE_COLUMNS, rows - first);
  const from = matrix + <usize>first * step;
  let k = 0;
  if (height == TILE_COLUMNS) {
    for (; k + 4 <= K; k += 4) {
      const at = from + (<usize>k << 2);
      const to = panel + <usize>k * PANEL_BYTES;
      transpose(at, step, to);
      transpose(at + 4 * step, step, to + 16);
    }
  }
  for (; k < K; k++) {
    const to = panel + <usize>k * PANEL_BYTES;
    for (let r = 0; r < height; r++) {
      store<f32>(to + (<usize>r << 2), load<f32>(from + <usize>r * step + (<usize>k << 2)));
    }
    for (let r = height; r < TILE_COLUMNS; r++) store<f32>(to + (<usize>r << 2), 0);
  }
}

/** 4 rows × 4 columns at `from`, transposed, to four rows of a panel. */
@inline
function transpose(from: usize, step: usize, to: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + step);
  const r2 = v128.load(from + 2 * step);
  const r3 = v128.load(from + 3 * step);
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), PANEL_BYTES);
  v128.store(to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 2 * PANEL_BYTES);
  v128.store(to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 3 * PANEL_BYTES);
}
