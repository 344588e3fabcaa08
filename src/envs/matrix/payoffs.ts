/** A stage game. tables[i][cell] is what agent i gets; cell = Σ_j a_j · strides[j], the last agent's actions side by side. */
export interface Payoffs {
  /** Actions of each agent. */
  readonly counts: readonly number[];
  readonly strides: readonly number[];
  readonly tables: readonly Float64Array[];
}

/** 1 for the cells in which the sum of all payoffs is greatest, 0 for the others. */
export function bestCells({ tables }: Payoffs): Uint8Array {
  const sums = tables[0].map((_, cell) => tables.reduce((sum, table) => sum + table[cell], 0));
  const best = sums.reduce((most, sum) => Math.max(most, sum), -Infinity);
  return Uint8Array.from(sums, (sum) => (sum === best ? 1 : 0));
}
