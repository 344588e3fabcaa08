type Column = readonly (number | null)[];

/** At most `most` points that keep every column's extremes: x is cut into most/2 buckets, and each column gives the least and
 *  the greatest value of each bucket, in their order, at the bucket's two places. Columns with no more points are kept. */
export function downsample(
  x: readonly number[],
  columns: readonly Column[],
  most: number,
): { x: readonly number[]; columns: readonly Column[] } {
  if (x.length <= most) return { x, columns };
  const buckets = Math.floor(most / 2);
  const start = (bucket: number): number => Math.floor((bucket * x.length) / buckets);
  const places: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = start(bucket);
    const last = bucket === buckets - 1 ? x.length - 1 : Math.floor((from + start(bucket + 1)) / 2);
    places.push(x[from]!, x[last]!);
  }
  const reduced = columns.map((column) => {
    const result: (number | null)[] = [];
    for (let bucket = 0; bucket < buckets; bucket++) result.push(...extremes(column, start(bucket), start(bucket + 1)));
    return result;
  });
  return { x: places, columns: reduced };
}

function extremes(column: Column, from: number, to: number): [number | null, number | null] {
  let least = -1;
  let greatest = -1;
  for (let i = from; i < to; i++) {
    const value = column[i] ?? null;
    if (value === null) continue;
    if (least < 0 || value < column[least]!) least = i;
    if (greatest < 0 || value > column[greatest]!) greatest = i;
  }
  if (least < 0) return [null, null];
  return least < greatest ? [column[least]!, column[greatest]!] : [column[greatest]!, column[least]!];
}
