import { createRanking, rank } from './ranking.js';

/** What a market could do if values were known. The object is used again: read it before the next call. */
export interface FirstBest {
  /** Σ_{k ≤ K} v_k − c_k over the K efficient trades, with values v₁ ≥ v₂ ≥ … and costs c₁ ≤ c₂ ≤ … */
  gain: number;
  /** The midpoint of the prices that clear the market: [max(c_K, v_{K+1}), min(v_K, c_{K+1})], what does not exist left out. */
  price: number;
}

/** The first best of n buyers' values and m sellers' costs at values[at …], buyers first. */
export function createFirstBest(
  buyers: number,
  sellers: number,
): (values: ArrayLike<number>, at: number) => Readonly<FirstBest> {
  const demand = createRanking(buyers);
  const supply = createRanking(sellers);
  const most = Math.min(buyers, sellers);
  const result: FirstBest = { gain: 0, price: 0 };
  return (values, at) => {
    demand.count = supply.count = 0;
    for (let i = 0; i < buyers; i++) rank(demand, -values[at + i]!, i);
    for (let i = 0; i < sellers; i++) rank(supply, values[at + buyers + i]!, i);
    let k = 0;
    let gain = 0;
    for (; k < most && -demand.keys[k]! >= supply.keys[k]!; k++) gain += -demand.keys[k]! - supply.keys[k]!;
    let low = k > 0 ? supply.keys[k - 1]! : -Infinity;
    let high = k > 0 ? -demand.keys[k - 1]! : Infinity;
    if (k < buyers) low = Math.max(low, -demand.keys[k]!);
    if (k < sellers) high = Math.min(high, supply.keys[k]!);
    result.gain = gain;
    result.price = (low + high) / 2;
    return result;
  };
}
