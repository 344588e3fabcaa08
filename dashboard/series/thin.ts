/** Points of a curve, in ascending order of x. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** At most `most` of the points (at least 4): the first, the last, and of equal buckets in between the least and the greatest, in
 *  their order, so that no peak is lost. The same that the API does to long series. */
export function thin({ x, y }: Points, most: number): { x: number[]; y: number[] } {
  if (x.length <= most) return { x: [...x], y: [...y] };
  const inner = x.length - 2;
  const buckets = Math.floor((most - 2) / 2);
  const kept = [0];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * inner) / buckets);
    const to = 1 + Math.floor(((bucket + 1) * inner) / buckets);
    let least = from;
    let greatest = from;
    for (let i = from + 1; i < to; i++) {
      if (y[i]! < y[least]!) least = i;
      if (y[i]! > y[greatest]!) greatest = i;
    }
    kept.push(Math.min(least, greatest));
    if (least !== greatest) kept.push(Math.max(least, greatest));
  }
  kept.push(x.length - 1);
  return { x: kept.map((i) => x[i]!), y: kept.map((i) => y[i]!) };
}
