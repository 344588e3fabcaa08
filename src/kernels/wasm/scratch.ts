/** Rows that the dense kernels work on together; the same figure as ROWS in `assembly/dense.ts`. */
const ROWS = 128;
const EDGE_BYTES = 128;
const PANEL_BYTES = 32;

function wholePanels(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

/** Bytes of scratch that a dense layer [I, O] needs, drawn in `assembly/dense.ts`: the edge block, then either the initial
 *  row and the weight panels (forward, dInput) or the gradient panel and the input blocks (dWeights). */
export function denseScratchBytes(I: number, O: number): number {
  const forward = 4 * wholePanels(O) * (I + 1);
  const inputGradient = 4 * wholePanels(I) * (O + 1);
  const weightGradient = ROWS * PANEL_BYTES + 4 * ROWS * I;
  return EDGE_BYTES + Math.max(forward, inputGradient, weightGradient);
}

/** What `permutation` needs, in bytes: the words that it draws at a time. */
export const PERMUTATION_SCRATCH_BYTES = 4096;

/** What the sums over rows are taken in: the same figure as STRIPES in `assembly/stripes.ts` and `native/stripes.h`. */
const STRIPES = 16;

/** Bytes for a Gaussian with A elements: 1/σ of each, and its stripes. */
export const gaussianScratchBytes = (A: number): number => 4 * A * (1 + STRIPES);

/** Bytes for the four sums of a clipped objective. */
export const CLIPPED_SCRATCH_BYTES = 4 * 4 * STRIPES;
