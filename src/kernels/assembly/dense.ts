/** Dense layers: canonical products on 4 × 8 blocks. Shapes: input [B, I], weights [I, O], output [B, O].
 *
 *  Scratch, given by the caller (`wasm/scratch.ts` computes its size):
 *
 *      0     edge block: 4 rows × 8 columns
 *      128   forward: what `prepareForward` writes of each layer
 *            backward: gradient panel [ROWS, 8], input blocks [I/4][ROWS][4], in a chain the gradients of two hidden layers
 *            [ROWS, widest], then what `prepareBackward` writes of each layer
 */
import { activate, activationGradients } from './activations';
import { columnGradients, narrowBackward, narrowForward } from './narrow';
import {
  copyBlock,
  edgeTile,
  packPanel,
  packTransposedPanel,
  PANEL_BYTES,
  TILE_COLUMNS,
  TILE_ROWS,
  tile,
} from './tile';

/** Rows that are worked on together, so that what they need stays in the first-level cache. */
export const ROWS: i32 = 64;
export const EDGE_BYTES: usize = 128;
export const GRADIENT_PANEL_BYTES: usize = <usize>ROWS * PANEL_BYTES;
/** Weights above this many elements are copied to panels: their columns would fall on too few cache sets. */
const PACK_WEIGHTS: i32 = 8192;
/** Likewise what the weight gradient is made of, above this many columns. */
const PACK_COLUMNS: i32 = 96;
/** Layers with at most so many outputs, or inputs, do not fill a block. */
const NARROW: i32 = 3;

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
  const prepared = scratch + EDGE_BYTES;
  prepareForward(weights, bias, B, I, O, prepared);
  const step = O <= NARROW ? B : ROWS;
  for (let b = 0; b < B; b += step) {
    const from = input + (<usize>(b * I) << 2);
    const to = output + (<usize>(b * O) << 2);
    forwardRows(from, weights, bias, to, min(step, B - b), B, I, O, activation, prepared, scratch);
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
  const panel = scratch + EDGE_BYTES;
  const blocks = panel + GRADIENT_PANEL_BYTES;
  const panels = blocks + inputBlockBytes(I);
  if (dInput != 0) prepareBackward(weights, I, O, panels);
  const step = O <= NARROW ? B : ROWS;
  for (let b = 0; b < B; b += step) {
    const rows = min(step, B - b);
    const at = <usize>(b * O) << 2;
    const x = <usize>(b * I) << 2;
    beginBackward(output + at, dOutput + at, dBias, rows, O, activation);
    const to: usize = dInput == 0 ? 0 : dInput + x;
    backwardRows(input + x, weights, dOutput + at, to, dWeights, rows, I, O, panels, 0, 0, scratch, panel, blocks);
  }
}

/** Bytes that `prepareForward` writes: a row of initial values, padded to whole panels, and weight panels [I, 8]. */
@inline
export function preparedForwardBytes(I: i32, O: i32): usize {
  return panelOffset(wholePanels(O), I + 1);
}

/** Bytes that `prepareBackward` writes: panels [O, 8] of the transposed weights. */
@inline
export function preparedBackwardBytes(I: i32, O: i32): usize {
  return panelOffset(wholePanels(I), O);
}

@inline
export function inputBlockBytes(I: i32): usize {
  return <usize>(I * ROWS) << 2;
}

@inline
function packsAll(B: i32, I: i32, O: i32): bool {
  return I * O > PACK_WEIGHTS && B >= 16;
}

export function prepareForward(weights: usize, bias: usize, B: i32, I: i32, O: i32, prepared: usize): void {
  if (O <= NARROW || isShallow(I, O)) return;
  copyBlock(bias, 0, prepared, 0, 1, O);
  const panels = prepared + (<usize>wholePanels(O) << 2);
  let o = packsAll(B, I, O) ? 0 : O - (O % TILE_COLUMNS);
  for (; o < O; o += TILE_COLUMNS) packPanel(weights, I, O, o, panels + panelOffset(o, I));
}

/** `rows` of the B rows that the layer was prepared for. */
export function forwardRows(
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  rows: i32,
  B: i32,
  I: i32,
  O: i32,
  activation: i32,
  prepared: usize,
  edge: usize,
): void {
  if (O <= NARROW) {
    narrowForward(input, weights, bias, output, rows, I, O);
  } else if (isShallow(I, O)) {
    for (let o: usize = 0; o < <usize>O << 2; o += 32) {
      if (I == 1) shallowColumns(1, input, weights + o, bias + o, output + o, rows, O);
      else if (I == 2) shallowColumns(2, input, weights + o, bias + o, output + o, rows, O);
      else shallowColumns(3, input, weights + o, bias + o, output + o, rows, O);
    }
  } else {
    const panels = prepared + (<usize>wholePanels(O) << 2);
    product(input, rows, I, O, packsAll(B, I, O) ? 0 : weights, panels, prepared, output, edge);
  }
  activate(output, rows * O, activation);
}

export function prepareBackward(weights: usize, I: i32, O: i32, panels: usize): void {
  if (O <= NARROW) return;
  for (let i = 0; i < I; i += TILE_COLUMNS) packTransposedPanel(weights, I, O, i, panels + panelOffset(i, O));
}

/** The gradient before the activation of the outermost layer, in place over d, and added to dBias. */
export function beginBackward(output: usize, d: usize, dBias: usize, rows: i32, O: i32, activation: i32): void {
  activationGradients(output, d, dBias, rows, O, <usize>O << 2, activation);
}

/** Gradients of `rows` rows from d, the gradient before the activation. Nothing is written to a dInput of 0. Where belowBias is not 0, the
 *  input is what a layer below gave by `activation`: dInput becomes the gradient before it, and is added to belowBias. */
export function backwardRows(
  input: usize,
  weights: usize,
  d: usize,
  dInput: usize,
  dWeights: usize,
  rows: i32,
  I: i32,
  O: i32,
  panels: usize,
  belowBias: usize,
  activation: i32,
  edge: usize,
  panel: usize,
  blocks: usize,
): void {
  if (O <= NARROW) {
    narrowBackward(input, weights, d, dInput, dWeights, rows, I, O, belowBias, activation);
    return;
  }
  if (I <= NARROW) {
    const dRow = <usize>O << 2;
    for (let i = 0; i < I; i++) {
      const at = <usize>i << 2;
      columnGradients(d, dRow, input + at, <usize>I << 2, dWeights + <usize>i * dRow, 4, O, rows);
    }
  } else {
    weightGradients(input, d, dWeights, rows, I, O, edge, panel, blocks);
  }
  if (dInput != 0) inputGradients(d, rows, I, O, panels, dInput, input, belowBias, activation, edge);
}

@inline
function isShallow(I: i32, O: i32): bool {
  return I <= NARROW && O % TILE_COLUMNS == 0;
}

/** Eight columns of input·weights + bias with one to three inputs, which do not pay for a block; `I` is constant where this is inlined. */
@inline
function shallowColumns(I: i32, input: usize, weights: usize, bias: usize, out: usize, rows: i32, O: i32): void {
  const row = <usize>O << 2;
  const b0 = v128.load(bias);
  const b1 = v128.load(bias, 16);
  const w00 = v128.load(weights);
  const w01 = v128.load(weights, 16);
  const w10 = I > 1 ? v128.load(weights + row) : b0;
  const w11 = I > 1 ? v128.load(weights + row, 16) : b0;
  const w20 = I > 2 ? v128.load(weights + 2 * row) : b0;
  const w21 = I > 2 ? v128.load(weights + 2 * row, 16) : b0;
  for (let r = rows; r > 0; r--) {
    const x0 = v128.load32_splat(input);
    let sum0 = f32x4.add(b0, f32x4.mul(x0, w00));
    let sum1 = f32x4.add(b1, f32x4.mul(x0, w01));
    if (I > 1) {
      const x1 = v128.load32_splat(input, 4);
      sum0 = f32x4.add(sum0, f32x4.mul(x1, w10));
      sum1 = f32x4.add(sum1, f32x4.mul(x1, w11));
    }
    if (I > 2) {
      const x2 = v128.load32_splat(input, 8);
      sum0 = f32x4.add(sum0, f32x4.mul(x2, w20));
      sum1 = f32x4.add(sum1, f32x4.mul(x2, w21));
    }
    v128.store(out, sum0);
    v128.store(out, sum1, 16);
    input += <usize>I << 2;
    out += row;
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
      tile(from, aRow, 3, 4, w, wStep, K, init + at, 0, to, outRow, false, 0, 0, 0);
      from += aRow * TILE_ROWS;
      to += outRow * TILE_ROWS;
    }
    for (; r < rows; r += TILE_ROWS) {
      const height = min(TILE_ROWS, rows - r);
      edgeTile(from, aRow, height - 1, 4, w, wStep, K, init + at, 0, edge, PANEL_BYTES);
      copyBlock(edge, PANEL_BYTES, to, outRow, height, width);
      from += aRow * TILE_ROWS;
      to += outRow * TILE_ROWS;
    }
  }
}

/** dInput[b, i] = Σ_o d[b, o]·weights[i, o], from the transposed panels; `y` is what the layer below gave, as in `backwardRows`. */
function inputGradients(
  d: usize,
  rows: i32,
  I: i32,
  O: i32,
  panels: usize,
  dInput: usize,
  y: usize,
  belowBias: usize,
  activation: i32,
  edge: usize,
): void {
  const dRow = <usize>O << 2;
  const row = <usize>I << 2;
  const toValue = y - dInput;
  for (let i = 0; i < I; i += TILE_COLUMNS) {
    const width = min(TILE_COLUMNS, I - i);
    const at = <usize>i << 2;
    const w = panels + panelOffset(i, O);
    const bias = belowBias + at;
    const whole = width == TILE_COLUMNS ? rows - (rows % TILE_ROWS) : 0;
    let from = d;
    let to = dInput + at;
    let r = 0;
    if (belowBias != 0) {
      for (; r < whole; r += TILE_ROWS) {
        tile(from, dRow, 3, 4, w, PANEL_BYTES, O, 0, 0, to, row, true, to + toValue, bias, activation);
        from += dRow * TILE_ROWS;
        to += row * TILE_ROWS;
      }
    } else {
      for (; r < whole; r += TILE_ROWS) {
        tile(from, dRow, 3, 4, w, PANEL_BYTES, O, 0, 0, to, row, false, 0, 0, 0);
        from += dRow * TILE_ROWS;
        to += row * TILE_ROWS;
      }
    }
    for (; r < rows; r += TILE_ROWS) {
      const height = min(TILE_ROWS, rows - r);
      edgeTile(from, dRow, height - 1, 4, w, PANEL_BYTES, O, 0, 0, edge, PANEL_BYTES);
      copyBlock(edge, PANEL_BYTES, to, row, height, width);
      if (belowBias != 0) activationGradients(to + toValue, to, bias, height, width, row, activation);
      from += dRow * TILE_ROWS;
      to += row * TILE_ROWS;
    }
  }
}

/** dWeights[i, o] += Σ_b input[b, i]·d[b, o] of `rows` rows. */
function weightGradients(
  input: usize,
  d: usize,
  dWeights: usize,
  rows: i32,
  I: i32,
  O: i32,
  edge: usize,
  panel: usize,
  blocks: usize,
): void {
  const inputRow = <usize>I << 2;
  const outputRow = <usize>O << 2;
  const packsInput = I >= PACK_COLUMNS;
  if (packsInput) packInput(input, rows, I, blocks);
  for (let o = 0; o < O; o += TILE_COLUMNS) {
    const width = min(TILE_COLUMNS, O - o);
    const at = <usize>o << 2;
    const packs = width < TILE_COLUMNS || O >= PACK_COLUMNS;
    if (packs) packPanel(d, rows, O, o, panel);
    const w = packs ? panel : d + at;
    const wStep = packs ? PANEL_BYTES : outputRow;
    for (let i = 0; i < I; i += TILE_ROWS) {
      const height = min(TILE_ROWS, I - i);
      const inBlock = packsInput && height == TILE_ROWS;
      const x = inBlock ? blocks + (<usize>(i * ROWS) << 2) : input + (<usize>i << 2);
      const xStep = inBlock ? <usize>16 : inputRow;
      const to = dWeights + <usize>i * outputRow + at;
      if (width == TILE_COLUMNS && height == TILE_ROWS) {
        tile(x, 4, 3, xStep, w, wStep, rows, to, outputRow, to, outputRow, false, 0, 0, 0);
      } else {
        memory.fill(edge, 0, EDGE_BYTES);
        copyBlock(to, outputRow, edge, PANEL_BYTES, height, width);
        edgeTile(x, 4, height - 1, xStep, w, wStep, rows, edge, PANEL_BYTES, edge, PANEL_BYTES);
        copyBlock(edge, PANEL_BYTES, to, outputRow, height, width);
      }
    }
  }
}

/** Whole blocks of four inputs of each row, block after block: [I/4][ROWS][4]. */
function packInput(input: usize, rows: i32, I: i32, blocks: usize): void {
  for (let i = 0; i + TILE_ROWS <= I; i += TILE_ROWS) {
    let from = input + (<usize>i << 2);
    let to = blocks + (<usize>(i * ROWS) << 2);
    for (let r = 0; r < rows; r++) {
      v128.store(to, v128.load(from));
      from += <usize>I << 2;
      to += 16;
    }
  }
}

@inline
function wholePanels(columns: i32): i32 {
  return (columns + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
}

@inline
function panelOffset(column: i32, K: i32): usize {
  return (<usize>column * <usize>K) << 2;
}
