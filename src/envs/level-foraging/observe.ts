import type { EnvironmentBatch } from '../port.js';
import type { LevelForagingOptions } from './options.js';

/** Numbers that tell of a food or an agent: row, column, level; −1, −1, 0 for none. */
export const TRIPLE = 3;

/** Writes what agent i of an instance sees, or, for i < 0, the global state. Allocates nothing. */
export type Observe = (batch: EnvironmentBatch, b: number, i: number, out: Float32Array) => void;

/** What is seen of the grid, rows and columns counted from the upper left corner of what the agent can see:
 *
 *      | foods that are left, by rows, then columns: F triples | oneself | the other agents: n − 1 triples |
 *
 *  Food is seen within `sight` rows and columns. An agent is seen in the 2 · sight + 1 rows and columns from that corner on, so
 *  that from near the upper or the left edge, where the corner cannot go further, others are seen farther off than food; that is
 *  how lb-foraging has it. What is not seen leaves no gap. The global state tells all from the corner of the grid, agents in
 *  their order. */
export function createObserve({ size, agents: n, foods, sight }: LevelForagingOptions): Observe {
  const reach = sight === 'all' ? size : sight;
  const width = TRIPLE * (foods + n);

  return ({ state }, b, i, out) => {
    const { row, column, level, foodRow, foodColumn, foodLevel } = state;
    const everything = i < 0;
    const own = b * n + i;
    const top = everything ? 0 : Math.max(row[own] - reach, 0);
    const left = everything ? 0 : Math.max(column[own] - reach, 0);
    let at = b * width;
    for (let f = b * foods; f < (b + 1) * foods; f++) {
      if (foodLevel[f] === 0) continue;
      const away = everything ? 0 : Math.max(Math.abs(foodRow[f] - row[own]), Math.abs(foodColumn[f] - column[own]));
      if (away <= reach) at = write(out, at, foodRow[f] - top, foodColumn[f] - left, foodLevel[f]);
    }
    at = clear(out, at, b * width + TRIPLE * foods);
    if (!everything) at = write(out, at, row[own] - top, column[own] - left, level[own]);
    for (let j = b * n; j < (b + 1) * n; j++) {
      if (!everything && j === own) continue;
      const r = row[j] - top;
      const c = column[j] - left;
      const seen = everything || (r >= 0 && c >= 0 && r <= 2 * reach && c <= 2 * reach);
      if (seen) at = write(out, at, r, c, level[j]);
    }
    clear(out, at, (b + 1) * width);
  };
}

function write(out: Float32Array, at: number, row: number, column: number, level: number): number {
  out[at] = row;
  out[at + 1] = column;
  out[at + 2] = level;
  return at + TRIPLE;
}

function clear(out: Float32Array, from: number, to: number): number {
  let at = from;
  while (at < to) at = write(out, at, -1, -1, 0);
  return at;
}
