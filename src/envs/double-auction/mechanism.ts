import type { RandomStream } from '../../base/index.js';
import type { DoubleAuctionOptions } from './options.js';
import { createRanking, type Ranking, rank } from './ranking.js';

/** One round of one market. Arrays are over the traders: buyers 0 … n − 1, then sellers n … n + m − 1. */
export interface Round {
  readonly buyers: number;
  readonly sellers: number;
  /** 1 where the trader has a quote. */
  readonly offered: Uint8Array;
  readonly quote: Float64Array;
  /** Written by the mechanism: 1 where the trader trades, and at what price. */
  readonly traded: Uint8Array;
  readonly price: Float64Array;
}

/** Decides who trades and at what price. `traded` is all 0 before. */
export type Mechanism = (round: Round, random: RandomStream) => void;

export function createRound(buyers: number, sellers: number): Round {
  const traders = buyers + sellers;
  return {
    buyers,
    sellers,
    offered: new Uint8Array(traders),
    quote: new Float64Array(traders),
    traded: new Uint8Array(traders),
    price: new Float64Array(traders),
  };
}

export function createMechanism({ mechanism, buyers, sellers }: DoubleAuctionOptions): Mechanism {
  return mechanism === 'bilateral' ? createBilateral(buyers, sellers) : createUniformPrice(buyers, sellers);
}

/** Bids b₁ ≥ b₂ ≥ …, asks s₁ ≤ s₂ ≤ …; the first k of both trade, k the largest with b_k ≥ s_k, all at (b_k + s_k) / 2. Among
 *  equal quotes of which only some can trade, chance decides.
 *  Source: Chatterjee and Samuelson 1983 for one pair; the average of the marginal pair for more. */
function createUniformPrice(buyers: number, sellers: number): Mechanism {
  // Keys of bids are negated, so that the best of either side comes first.
  const bids = createRanking(buyers);
  const asks = createRanking(sellers);
  return (round, random) => {
    const { offered, quote } = round;
    bids.count = asks.count = 0;
    for (let i = 0; i < buyers; i++) if (offered[i] === 1) rank(bids, -quote[i]!, i);
    for (let i = buyers; i < buyers + sellers; i++) if (offered[i] === 1) rank(asks, quote[i]!, i);
    const most = Math.min(bids.count, asks.count);
    let k = 0;
    while (k < most && -bids.keys[k]! >= asks.keys[k]!) k++;
    if (k === 0) return;
    const price = (asks.keys[k - 1]! - bids.keys[k - 1]!) / 2;
    drawAmongEquals(bids, k, random);
    drawAmongEquals(asks, k, random);
    for (let j = 0; j < k; j++) trade(round, bids.traders[j]!, asks.traders[j]!, price);
  };
}

/** Chooses at random, among the traders with the k-th key, those that have the places up to k; draws only where there are
 *  more of them than places. */
function drawAmongEquals({ keys, traders, count }: Ranking, k: number, random: RandomStream): void {
  const key = keys[k - 1]!;
  let end = k;
  while (end < count && keys[end] === key) end++;
  if (end === k) return;
  let start = k - 1;
  while (start > 0 && keys[start - 1] === key) start--;
  for (let j = start; j < k; j++) {
    const other = j + random.integer(end - j);
    const drawn = traders[other]!;
    traders[other] = traders[j]!;
    traders[j] = drawn;
  }
}

/** min(n, m) pairs, every matching of the smaller side into the larger being equally likely, whoever passes included; a pair
 *  trades at (b + s) / 2 where both quote and b ≥ s. */
function createBilateral(buyers: number, sellers: number): Mechanism {
  const pairs = Math.min(buyers, sellers);
  const larger = Math.max(buyers, sellers);
  const partner = Int32Array.from({ length: larger }, (_, i) => i);
  return (round, random) => {
    const { offered, quote } = round;
    if (larger > 1) random.permutation(partner, larger);
    for (let i = 0; i < pairs; i++) {
      const buyer = buyers <= sellers ? i : partner[i]!;
      const seller = buyers + (buyers <= sellers ? partner[i]! : i);
      if (offered[buyer] === 0 || offered[seller] === 0 || quote[buyer]! < quote[seller]!) continue;
      trade(round, buyer, seller, (quote[buyer]! + quote[seller]!) / 2);
    }
  };
}

function trade({ traded, price }: Round, buyer: number, seller: number, at: number): void {
  traded[buyer] = traded[seller] = 1;
  price[buyer] = price[seller] = at;
}
