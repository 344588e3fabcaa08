import { type BoxSpace, highOf, lowOf } from '../spaces/index.js';

/** The largest float32. */
const LARGEST = 3.4028234663852886e38;

/** What each number of an observation may be, as float32: from low[j] to high[j], both included. */
export interface Columns {
  readonly size: number;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** The first `size` numbers of the space. Infinite bounds become those of float32, so that one comparison refuses NaN and infinities
 *  as well. */
export function columnsOf(space: BoxSpace, size: number): Columns {
  const columns = { size, low: new Float32Array(size), high: new Float32Array(size) };
  for (let j = 0; j < size; j++) {
    columns.low[j] = Math.max(-LARGEST, lowOf(space, j));
    columns.high[j] = Math.min(LARGEST, highOf(space, j));
  }
  return columns;
}

/** What may stand in column j, for people. */
export function allowedIn({ low, high }: Columns, j: number): string {
  const from = low[j]! > Math.fround(-LARGEST) ? ` from ${low[j]}` : '';
  const to = high[j]! < Math.fround(LARGEST) ? ` up to ${high[j]}` : '';
  return `a finite float32${from}${to}`;
}
