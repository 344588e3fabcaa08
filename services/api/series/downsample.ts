/** Points of a line, in ascending order of x. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** At most `most` of the points (at least 4), among them the first, the last, the least and the greatest: those between the ends
 *  are cut into equal buckets by their number, and each bucket gives its least and its greatest point, in their order. What comes
 *  out are points that went in, and the same ones every time. Other than LTTB, which takes one point of a bucket by the area of
 *  triangles, no peak is ever lost. */
export function downsample({ x, y }: Points, most: number): Points {
  if (x.length <= most) return { x, y };
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
