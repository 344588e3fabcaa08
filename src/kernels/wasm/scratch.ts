import type { ChainLayer } from '../port.js';

/** Bytes of scratch that dense layers need. */
export interface DenseScratch {
  layer(I: number, O: number): number;
  chain(layers: readonly ChainLayer[]): number;
}

/** Rows that the dense kernels work on together; the same figure as ROWS in `assembly/dense.ts`. */
const ROWS = 64;
const EDGE_BYTES = 128;
const PANEL_BYTES = 32;

function wholePanels(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

const preparedForward = (I: number, O: number): number => 4 * wholePanels(O) * (I + 1);
const preparedBackward = (I: number, O: number): number => 4 * wholePanels(I) * O;
const gradientBlocks = (I: number): number => ROWS * PANEL_BYTES + 4 * ROWS * I;

/** What the dense kernels need, drawn in `assembly/dense.ts`: the edge block, then either what is prepared of the layers (forward), or
 *  the gradient panel, the input blocks, the gradients of hidden layers and what is prepared (backward). */
export const denseScratch: DenseScratch = {
  layer: (I, O) => EDGE_BYTES + Math.max(preparedForward(I, O), gradientBlocks(I) + preparedBackward(I, O)),
  chain(layers) {
    let forward = 0;
    let backward = 0;
    for (const { inputs, outputs } of layers) {
      forward += preparedForward(inputs, outputs);
      backward += preparedBackward(inputs, outputs);
    }
    const most = Math.max(...layers.map((layer) => layer.inputs));
    const widest = Math.max(0, ...layers.slice(1).map((layer) => layer.inputs));
    return EDGE_BYTES + Math.max(forward, gradientBlocks(most) + 2 * 4 * ROWS * widest + backward);
  },
};

/** What `permutation` needs, in bytes: the words that it draws at a time. */
export const PERMUTATION_SCRATCH_BYTES = 4096;

/** What the sums over rows are taken in: the same figure as STRIPES in `assembly/stripes.ts` and `native/stripes.h`. */
const STRIPES = 16;

/** Bytes for a Gaussian with A elements: 1/σ of each, and its stripes. */
export const gaussianScratchBytes = (A: number): number => 4 * A * (1 + STRIPES);

/** Bytes for the four sums of a clipped objective. */
export const CLIPPED_SCRATCH_BYTES = 4 * 4 * STRIPES;

/** Bytes for the two sums of a weighted objective. */
export const WEIGHTED_SCRATCH_BYTES = 2 * 4 * STRIPES;

/** Bytes for a choice of `count`: three vectors, and two for each choice, as `assembly/categorical.ts` and `native/categorical.h` need them. */
export const categoricalScratchBytes = (count: number): number => 4 * STRIPES * (3 + 2 * count);
