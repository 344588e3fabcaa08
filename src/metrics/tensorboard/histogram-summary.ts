/** Values in bins. Bin j holds those up to limits[j] that are above limits[j − 1]; the first begins at `min`. */
export interface HistogramSummary {
  /** Edges of the first and the last bin. */
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** Upper edges, ascending. */
  readonly limits: Float64Array;
  /** As many as there are limits. */
  readonly counts: Float64Array;
}

/** As many as TensorBoard draws. */
export const HISTOGRAM_BINS = 30;

/** Numbers that are to be counted: elements offset, offset + stride, … of each array; where `counts` is given, only those for
 *  which it says yes (it gets the array and the place of the element). */
export interface HistogramValues {
  readonly arrays: readonly Float32Array[];
  readonly offset?: number;
  readonly stride?: number;
  readonly counts?: (array: Float32Array, at: number) => boolean;
}

/** Bins of equal width from the least value to the greatest; or, for choices 0 … n − 1, one bin around each. Numbers that are not
 *  finite are left out. Null where nothing is left. */
export function summarizeHistogram(values: HistogramValues, choices?: number): HistogramSummary | null {
  const { least, greatest, num, sum, sumSquares } = momentsOf(values);
  if (num === 0) return null;
  const bins = choices ?? (least === greatest ? 1 : HISTOGRAM_BINS);
  const [min, max] = choices === undefined ? edgesOf(least, greatest) : [-0.5, choices - 0.5];
  const width = (max - min) / bins;
  const limits = Float64Array.from({ length: bins }, (_, j) => (j === bins - 1 ? max : min + (j + 1) * width));
  return { min, max, num, sum, sumSquares, limits, counts: countsOf(values, bins, min, width) };
}

// Two passes over up to millions of numbers: plain loops, without a call per number.
function momentsOf({ arrays, offset = 0, stride = 1, counts }: HistogramValues) {
  let num = 0;
  let sum = 0;
  let sumSquares = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (const array of arrays) {
    for (let at = offset; at < array.length; at += stride) {
      const value = array[at]!;
      // Not finite, NaN included.
      if (!(value - value === 0) || (counts !== undefined && !counts(array, at))) continue;
      num++;
      sum += value;
      sumSquares += value * value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  return { num, sum, sumSquares, least, greatest };
}

function countsOf(
  { arrays, offset = 0, stride = 1, counts }: HistogramValues,
  bins: number,
  min: number,
  width: number,
): Float64Array {
  const found = new Float64Array(bins);
  for (const array of arrays) {
    for (let at = offset; at < array.length; at += stride) {
      const value = array[at]!;
      if (!(value - value === 0) || (counts !== undefined && !counts(array, at))) continue;
      // A number on an edge belongs to the bin below it; there is none below the first.
      const bin = Math.min(Math.max(Math.ceil((value - min) / width) - 1, 0), bins - 1);
      found[bin] = found[bin]! + 1;
    }
  }
  return found;
}

/** One value alone has a bin around it, of width 1 where that is not lost in its digits: a bin without width is not drawn. */
function edgesOf(least: number, greatest: number): readonly [min: number, max: number] {
  if (least < greatest) return [least, greatest];
  const around = Math.max(0.5, Math.abs(least) * 1e-6);
  return [least - around, least + around];
}
