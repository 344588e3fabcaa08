/** The greatest of `dense.h`, over its vector widths. */
const TILE_ROWS = 6;
const PANEL = 64;
const ROWS = 128;

function wholePanels(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}

/** Bytes of scratch that a dense layer [I, O] needs, as `dense.h` draws it: the edge tile, a row of initial values, then the panels
 *  of the weights and, for the weight gradient, one of the output gradient. */
export function nativeScratchBytes(I: number, O: number): number {
  const forward = wholePanels(O) * (I + 1);
  const backward = wholePanels(I) * (O + 1) + ROWS * PANEL;
  return 4 * (TILE_ROWS * PANEL + Math.max(forward, backward));
}
