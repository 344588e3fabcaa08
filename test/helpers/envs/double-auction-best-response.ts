/** A pure strategy on [0, 1]: what a buyer bids at its value or a seller asks at its cost; null passes. */
export type Strategy = (value: number) => number | null;

const POINTS = 1000;
const points = Array.from({ length: POINTS }, (_, i) => (i + 0.5) / POINTS);

/** What one buyer with v ~ U[0, 1] would gain on average by the best bid instead of its own, against one seller with c ~ U[0, 1],
 *  where they trade at (b + s) / 2 if b ≥ s; and what its own bids gain. Midpoint quadrature over values and costs: the best bid
 *  is one of the asks, since any higher one that accepts the same asks pays more.
 *
 *      gain of accepting the j lowest asks = (j·v − (j·s_j + Σ_{i ≤ j} s_i) / 2) / costs */
export function buyerGap(bid: Strategy, ask: Strategy): { readonly gap: number; readonly gain: number } {
  const asks = points.flatMap((cost) => ask(cost) ?? []).sort((x, y) => x - y);
  const below: number[] = [0];
  for (const s of asks) below.push(below[below.length - 1]! + s);
  let gap = 0;
  let gain = 0;
  for (const v of points) {
    let best = 0;
    for (let j = 1; j <= asks.length; j++) best = Math.max(best, j * v - (j * asks[j - 1]! + below[j]!) / 2);
    const b = bid(v);
    let own = 0;
    for (let j = 0; b !== null && j < asks.length && asks[j]! <= b; j++) own += v - (b + asks[j]!) / 2;
    gap += (best - own) / POINTS ** 2;
    gain += own / POINTS ** 2;
  }
  return { gap, gain };
}

/** The same for the seller, who is a buyer with value 1 − c in the mirrored market. */
export function sellerGap(ask: Strategy, bid: Strategy): { readonly gap: number; readonly gain: number } {
  const mirrored =
    (strategy: Strategy): Strategy =>
    (value) => {
      const quote = strategy(1 - value);
      return quote === null ? null : 1 - quote;
    };
  return buyerGap(mirrored(ask), mirrored(bid));
}
