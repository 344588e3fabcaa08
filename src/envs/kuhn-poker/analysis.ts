import { BET, CARDS, CHECKED, CHECKED_BET, DECIDES, HISTORIES, START } from './information-sets.js';

/** Probability of betting at each of the 12 information sets, in the order of `informationSets`. Both agents' are in it. */
export type KuhnStrategies = ArrayLike<number>;

export const INFORMATION_SETS = HISTORIES.length * CARDS;

/** What an agent does best against the other's strategy. */
export interface BestResponse {
  /** What it is paid by it. */
  readonly value: number;
  /** The strategies with its own replaced: 0 or 1 at each of its information sets. Of several the one that passes most. */
  readonly strategies: Float64Array;
}

export interface KuhnExploitability {
  /** What agent-0 is paid; agent-1 is paid the opposite. */
  readonly value: number;
  /** What each agent would be paid by its best response to the other. */
  readonly bestValues: readonly [number, number];
  /** Σ_i (bestValues_i − value_i), which is the sum of the best values, since the game is zero-sum. 0 exactly at an equilibrium. */
  readonly nashConv: number;
  /** nashConv / 2: what an agent would gain on average by its best response. */
  readonly exploitability: number;
}

/** What agent-0 is paid on average over the six deals, exactly:
 *
 *      passes, is passed: s            s = 1 where its card is the higher, else −1
 *      passes, is bet at: 2s if it calls, −1 if it folds
 *      bets: 2s if it is called, 1 if not
 *
 *  Throws RangeError unless `strategies` are 12 probabilities. */
export function expectedValue(strategies: KuhnStrategies): number {
  assertStrategies(strategies);
  return averageOverDeals(strategies);
}

function averageOverDeals(p: KuhnStrategies): number {
  let sum = 0;
  for (let own = 0; own < CARDS; own++) {
    for (let other = 0; other < CARDS; other++) {
      if (own === other) continue;
      const s = own > other ? 1 : -1;
      const call = p[CHECKED_BET * CARDS + own];
      const betAt = p[CHECKED * CARDS + other];
      const called = p[BET * CARDS + other];
      const bets = p[START * CARDS + own];
      const checked = (1 - betAt) * s + betAt * (call * 2 * s - (1 - call));
      const bet = called * 2 * s + (1 - called);
      sum += (1 - bets) * checked + bets * bet;
    }
  }
  return sum / (CARDS * (CARDS - 1));
}

/** The best response of an agent (0 or 1) to the other's part of `strategies`, exactly: the best of its 64 pure strategies.
 *  Throws RangeError unless `strategies` are 12 probabilities. */
export function bestResponse(strategies: KuhnStrategies, agent: 0 | 1): BestResponse {
  assertStrategies(strategies);
  const own = Array.from({ length: INFORMATION_SETS }, (_, k) => k).filter(
    (k) => DECIDES[Math.floor(k / CARDS)] === agent,
  );
  const tried = Float64Array.from(strategies);
  let best = tried;
  let value = -Infinity;
  for (let pure = 0; pure < 1 << own.length; pure++) {
    own.forEach((k, bit) => (tried[k] = (pure >> bit) & 1));
    const paid = agent === 0 ? averageOverDeals(tried) : -averageOverDeals(tried);
    if (paid <= value) continue;
    value = paid;
    best = tried.slice();
  }
  return { value, strategies: best };
}

/** How much the two could gain by deviating alone. Throws RangeError unless `strategies` are 12 probabilities. */
export function kuhnExploitability(strategies: KuhnStrategies): KuhnExploitability {
  const value = expectedValue(strategies);
  const first = bestResponse(strategies, 0).value;
  const second = bestResponse(strategies, 1).value;
  const nashConv = first + second;
  return { value, bestValues: [first, second], nashConv, exploitability: nashConv / 2 };
}

function assertStrategies(strategies: KuhnStrategies): void {
  const list = Array.from(strategies);
  if (list.length === INFORMATION_SETS && list.every((p) => p >= 0 && p <= 1)) return;
  throw new RangeError(
    `the strategies are [${list.join(', ')}], but must be ${INFORMATION_SETS} probabilities of betting, one for each information set`,
  );
}
