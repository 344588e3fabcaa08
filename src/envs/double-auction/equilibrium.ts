/** The linear equilibrium of one buyer and one seller with v, c ~ U[0, 1] who trade at (b + s) / 2 where b ≥ s: trades happen
 *  where v ≥ c + ¼, 9/32 of the time, and leave each 9/128 on average.
 *  Source: Chatterjee and Samuelson 1983. */

/** b(v) = 2v/3 + 1/12 for v ≥ ¼; null below, where no bid trades with a profit. */
export const equilibriumBid = (value: number): number | null => (value >= 0.25 ? (2 * value) / 3 + 1 / 12 : null);

/** s(c) = 2c/3 + ¼ for c ≤ ¾; null above, where no ask trades with a profit. */
export const equilibriumAsk = (cost: number): number | null => (cost <= 0.75 ? (2 * cost) / 3 + 0.25 : null);
