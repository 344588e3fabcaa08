/** Dense layers: canonical products on 4 × 8 blocks. Shapes: input [B, I], weights [I, O], output [B, O].
 *
 *  Scratch, given by the caller (`wasm/scratch.ts` computes its size):
 *
 *      0     edge block: 4 rows × 8 columns
 *      128   initial values of one row of outputs, padded to whole panels
 *      then  weight panels [K, 8], one after the other
 *      (backward, before that) gradient panel [ROWS, 8], input blocks [I/4][ROWS][4]
 */
import { tanhArray } from './math';
import { narrowForward, narrowGradients } from './narrow';
import { copyBlock, packPanel, packTransposedPanel, PANEL_BYTES, TILE_COLUMNS, TILE_ROWS, tile } from './tile';

/** Rows that are worked on together, so that what they need stays in the first-level cache. */
const ROWS: i32 = 128;
/** Weights above this many elements are copied to panels: their columns would fall on too few cache sets. */
const PACK_WEIGHTS: i32 = 8192;
/** Likewise the inputs of the weight gradient, above this many columns. */
const PACK_INPUT: i32 = 96;
const EDGE_BYTES: usize = 128;
const NARROW: i32 = 3;

const RELU: i32 = 1;
const TANH: i32 = 2;

/** out = activation(bias + input · weights). activation: 0 none, 1 relu, 2 tanh. */
export function denseForward(
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  B: i32,
  I: i32,
  O: i32,
  activation: i32,
  scratch: usize,
): void {
  if (O <= NARROW) {
    narrowForward(input, weights, bias, output, B, I, O);
    activate(output, B * O, activation);
    return;
  }
  const init = scratch + EDGE_BYTES;
  copyBlock(bias, 0, init, 0, 1, O);
  const panels = init + (<usize>wholePanels(O) << 2);
  const pack = I * O > PACK_WEIGHTS && B >= 16;
  if (pack) {
    for (let o = 0; o < O; o += TILE_COLUMNS) packPanel(weights, I, O, o, panels + panelOffset(o, I));
  } else if (O % TILE_COLUMNS != 0) {
    const o = O - (O % TILE_COLUMNS);
    packPanel(weights, I, O, o, panels + panelOffset(o, I));
  }
  for (let b = 0; b < B; b += ROWS) {
    const rows = min(ROWS, B - b);
    const out = output + (<usize>(b * O) << 2);
    product(input + (<usize>(b * I) << 2), rows, I, O, pack ? 0 : weights, panels, init, out, scratch);
    activate(out, rows * O, activation);
  }
}

/** Adds to dWeights and dBias, overwrites dOutput with the gradient before the activation, writes dInput unless it is 0. */
export function denseBackward(
  input: usize,
  weights: usize,
  output: usize,
  dOutput: usize,
  dInput: usize,
  dWeights: usize,
  dBias: usize,
  B: i32,
  I: i32,
  O: i32,
  activation: i32,
  scratch: usize,
): void {
  if (O <= NARROW) {
    activationGradient(output, dOutput, B * O, activation);
    narrowGradients(input, dOutput, dWeights, dBias, B, I, O);
  } else {
    weightGradients(input, output, dOutput, dWeights, dBias, B, I, O, activation, scratch);
  }
  if (dInput == 0) return;
  const init = scratch + EDGE_BYTES;
  const width = wholePanels(I);
  memory.fill(init, 0, <usize>width << 2);
  const panels = init + (<usize>width << 2);
  for (let i = 0; i < I; i += TILE_COLUMNS) packTransposedPanel(weights, I, O, i, panels + panelOffset(i, O));
  for (let b = 0; b < B; b += ROWS) {
    const rows = min(ROWS, B - b);
    const from = dOutput + (<usize>(b * O) << 2);
    product(from, rows, O, I, 0, panels, init, dInput + (<usize>(b * I) << 2), scratch);
  }
}

/** out[r, c] = init[c] + Σ_k a[r, k]·w[k, c]. Whole panels are read from `direct` [K, columns] unless it is 0. */
function product(
  a: usize,
  rows: i32,
  K: i32,
  columns: i32,
  direct: usize,
  panels: usize,
  init: usize,
  out: usize,
  edge: usize,
): void {
  const aRow = <usize>K << 2;
  const outRow = <usize>columns << 2;
  for (let c = 0; c < columns; c += TILE_COLUMNS) {
    const width = min(TILE_COLUMNS, columns - c);
    const at = <usize>c << 2;
    const inPlace = direct != 0 && width == TILE_COLUMNS;
    const w = inPlace ? direct + at : panels + panelOffset(c, K);
    const wStep = inPlace ? outRow : PANEL_BYTES;
    const whole = width == TILE_COLUMNS ? rows - (rows % TILE_ROWS) : 0;
    let from = a;
    let to = out + at;
    let r = 0;
    for (; r < whole; r += TILE_ROWS) {
      tile(from, aRow, 3, 4, w, wStep, K, init + at, 0, to, outRow);
      from += aRow * TILE_ROWS;
      to += outRow * TILE_ROWS;
    }
    for (; r < rows; r += TILE_ROWS) {
      const height = min(TILE_ROWS, rows - r);
      tile(from, aRow, height - 1, 4, w, wStep, K, init + at, 0, edge, PANEL_BYTES);
      copyBlock(edge, PANEL_BYTES, to, outRow, height, width);
      from += aRow * TILE_ROWS;
      to += outRow * TILE_ROWS;
    }
  }
}

function weightGradients(
  input: usize,
  output: usize,
  dOutput: usize,
  dWeights: usize,
  dBias: usize,
  B: i32,
  I: i32,
  O: i32,
  activation: i32,
  scratch: usize,
): void {
  const panel = scratch + EDGE_BYTES;
  const blocks = panel + <usize>ROWS * PANEL_BYTES;
  const inputRow = <usize>I << 2;
  const outputRow = <usize>O << 2;
  const pack = I >= PACK_INPUT;
  for (let b = 0; b < B; b += ROWS) {
    const rows = min(ROWS, B - b);
    const from = input + <usize>b * inputRow;
    if (pack) packInput(from, rows, I, blocks);
    for (let o = 0; o < O; o += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, O - o);
      const at = <usize>b * outputRow + (<usize>o << 2);
      gradientPanel(output + at, dOutput + at, dBias + (<usize>o << 2), panel, rows, outputRow, width, activation);
      for (let i = 0; i < I; i += TILE_ROWS) {
        const height = min(TILE_ROWS, I - i);
        const inBlock = pack && height == TILE_ROWS;
        const x = inBlock ? blocks + <usize>(i * ROWS) * 4 : from + (<usize>i << 2);
        const xStep = inBlock ? <usize>16 : inputRow;
        const to = dWeights + <usize>i * outputRow + (<usize>o << 2);
        if (width == TILE_COLUMNS && height == TILE_ROWS) {
          tile(x, 4, 3, xStep, panel, PANEL_BYTES, rows, to, outputRow, to, outputRow);
        } else {
          memory.fill(scratch, 0, EDGE_BYTES);
          copyBlock(to, outputRow, scratch, PANEL_BYTES, height, width);
          tile(x, 4, height - 1, xStep, panel, PANEL_BYTES, rows, scratch, PANEL_BYTES, scratch, PANEL_BYTES);
          copyBlock(scratch, PANEL_BYTES, to, outputRow, height, width);
        }
      }
    }
  }
}

/** Whole blocks of four inputs of each row, block after block: [I/4][ROWS][4]. */
function packInput(input: usize, rows: i32, I: i32, blocks: usize): void {
  for (let i = 0; i + TILE_ROWS <= I; i += TILE_ROWS) {
    let from = input + (<usize>i << 2);
    let to = blocks + <usize>(i * ROWS) * 4;
    for (let r = 0; r < rows; r++) {
      v128.store(to, v128.load(from));
      from += <usize>I << 2;
      to += 16;
    }
  }
}

/** The gradient before the activation of up to 8 columns: in place over dOutput, as a zero-padded panel, and added to dBias. */
function gradientPanel(
  output: usize,
  dOutput: usize,
  dBias: usize,
  panel: usize,
  rows: i32,
  step: usize,
  width: i32,
  activation: i32,
): void {
  if (width == TILE_COLUMNS) {
    let sum0 = v128.load(dBias);
    let sum1 = v128.load(dBias, 16);
    for (let r = 0; r < rows; r++) {
      let d0 = v128.load(dOutput);
      let d1 = v128.load(dOutput, 16);
      if (activation == TANH) {
        d0 = tanhGradient(v128.load(output), d0);
        d1 = tanhGradient(v128.load(output, 16), d1);
      } else if (activation == RELU) {
        d0 = reluGradient(v128.load(output), d0);
        d1 = reluGradient(v128.load(output, 16), d1);
      }
      v128.store(dOutput, d0);
      v128.store(dOutput, d1, 16);
      v128.store(panel, d0);
      v128.store(panel, d1, 16);
      sum0 = f32x4.add(sum0, d0);
      sum1 = f32x4.add(sum1, d1);
      output += step;
      dOutput += step;
      panel += PANEL_BYTES;
    }
    v128.store(dBias, sum0);
    v128.store(dBias, sum1, 16);
    return;
  }
  for (let r = 0; r < rows; r++) {
    v128.store(panel, f32x4.splat(0));
    v128.store(panel, f32x4.splat(0), 16);
    for (let c = 0; c < width; c++) {
      const at = <usize>c << 2;
      const d = scalarGradient(load<f32>(output + at), load<f32>(dOutput + at), activation);
      store<f32>(dOutput + at, d);
      store<f32>(panel + at, d);
      store<f32>(dBias + at, load<f32>(dBias + at) + d);
    }
    output += step;
    dOutput += step;
    panel += PANEL_BYTES;
  }
}

function activate(output: usize, n: i32, activation: i32): void {
  if (activation == TANH) {
    tanhArray(output, output, n);
  } else if (activation == RELU) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const at = output + (<usize>j << 2);
      const x = v128.load(at);
      // Clears what is ≤ 0, which NaN is not: NaN stays NaN, and −0 becomes +0.
      v128.store(at, v128.andnot(x, f32x4.le(x, f32x4.splat(0))));
    }
    for (; j < n; j++) {
      const at = output + (<usize>j << 2);
      if (load<f32>(at) <= 0) store<f32>(at, 0);
    }
  }
}

function activationGradient(output: usize, dOutput: usize, n: i32, activation: i32): void {
  if (activation == 0) return;
  for (let j = 0; j < n; j++) {
    const at = <usize>j << 2;
    store<f32>(dOutput + at, scalarGradient(load<f32>(output + at), load<f32>(dOutput + at), activation));
  }
}

@inline
function tanhGradient(y: v128, d: v128): v128 {
  return f32x4.mul(d, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
}

@inline
function reluGradient(y: v128, d: v128): v128 {
  return v128.and(f32x4.gt(y, f32x4.splat(0)), d);
}

@inline
function scalarGradient(y: f32, d: f32, activation: i32): f32 {
  if (activation == TANH) return d * (<f32>1 - y * y);
  if (activation == RELU) return y > 0 ? d : 0;
  return d;
}

@inline
function wholePanels(columns: i32): i32 {
  return (columns + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
}

@inline
function panelOffset(column: i32, K: i32): usize {
  return (<usize>column * <usize>K) << 2;
}
