import type { ChainLayer } from '../port.js';

/** The greatest of `dense.h`, over its vector widths. */
const TILE_ROWS = 6;
const PANEL = 64;
const ROWS = 128;

function wholePanels(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}

const forwardFloats = (I: number, O: number): number => wholePanels(O) * (I + 1);
const backwardFloats = (I: number, O: number): number => wholePanels(I) * (O + 1);

/** Bytes of scratch that a dense layer [I, O] needs, as `dense.h` draws it: the edge tile, a panel of the output gradient (backward
 *  alone), then a row of initial values and the panels of the weights. */
export function nativeScratchBytes(I: number, O: number): number {
  return 4 * (TILE_ROWS * PANEL + Math.max(forwardFloats(I, O), ROWS * PANEL + backwardFloats(I, O)));
}

/** The same of a chain, as `chain.h` draws it: that of all layers side by side, and two blocks of hidden gradients. */
export function chainScratchBytes(layers: readonly Pick<ChainLayer, 'inputs' | 'outputs'>[]): number {
  let forward = 0;
  let backward = 0;
  for (const { inputs, outputs } of layers) {
    forward += forwardFloats(inputs, outputs);
    backward += backwardFloats(inputs, outputs);
  }
  const widest = Math.max(0, ...layers.slice(1).map((layer) => layer.inputs));
  return 4 * (TILE_ROWS * PANEL + Math.max(forward, ROWS * (PANEL + 2 * widest) + backward));
}
