/** Traders in ascending order of a key, in memory that is used again for every round. */
export interface Ranking {
  count: number;
  /** f64[capacity], the first `count` of them ascending. */
  readonly keys: Float64Array;
  /** traders[j] is who has keys[j]. */
  readonly traders: Int32Array;
}

export const createRanking = (capacity: number): Ranking => ({
  count: 0,
  keys: new Float64Array(capacity),
  traders: new Int32Array(capacity),
});

/** Puts a trader in its place, behind those with the same key. */
export function rank(ranking: Ranking, key: number, trader: number): void {
  const { keys, traders } = ranking;
  let j = ranking.count++;
  for (; j > 0 && keys[j - 1]! > key; j--) {
    keys[j] = keys[j - 1]!;
    traders[j] = traders[j - 1]!;
  }
  keys[j] = key;
  traders[j] = trader;
}
