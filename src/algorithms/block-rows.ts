/** Rows that updates walk through the networks at a time: their activations stay in the first cache levels. */
export const BLOCK_ROWS = 256;

/** Rows of a block of sequences, at most, and the sequences that it has at least and at most: what a row leaves for the way back is
 *  larger than without a memory, and has to stay in the second cache; the products of a step must not be too narrow. */
const SEQUENCE_ROWS = 1024;
const SEQUENCES = { least: 4, most: 64 };

/** The block that an update of a policy with a memory walks: so many sequences of so many steps. */
export function sequenceBlock(
  horizon: number,
  sequenceLength = horizon,
): { readonly width: number; readonly length: number } {
  const length = Math.min(horizon, sequenceLength);
  return { length, width: Math.max(SEQUENCES.least, Math.min(SEQUENCES.most, Math.floor(SEQUENCE_ROWS / length))) };
}
