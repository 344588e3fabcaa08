import type { Payoffs } from '../matrix/payoffs.js';

/** Rock, paper, scissors: action a beats action (a + 2) mod 3. */
export const ACTIONS = ['rock', 'paper', 'scissors'] as const;

/** What the payoffs depend on; see RockPaperScissorsOptions. */
export interface Stakes {
  readonly wins: readonly number[];
  readonly lossScale: number;
}

/** The game as a matrix game of two: who wins with a is paid wins[a], who loses to it −lossScale · wins[a], a tie 0. */
export function rockPaperScissorsPayoffs({ wins, lossScale }: Stakes): Payoffs {
  const n = ACTIONS.length;
  const tables = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let a = 0; a < n; a++) {
    const beaten = (a + 2) % n;
    tables[0][a * n + beaten] = tables[1][beaten * n + a] = wins[a];
    tables[0][beaten * n + a] = tables[1][a * n + beaten] = 0 - lossScale * wins[a];
  }
  return { counts: [n, n], strides: [n, 1], tables };
}

/** The symmetric equilibrium: shares of rock, paper and scissors that make all three worth the same against themselves,
 *
 *      rock ∝ s·(L·s + r + L²·p)    paper ∝ r·(L²·s + L·r + p)    scissors ∝ p·(s + L²·r + L·p)
 *
 *  with r, p, s for wins[0 … 2] and L for lossScale (adj(A)·1 of the table A). With L = 1 that is s : r : p, what the action that
 *  one beats would win. */
export function rockPaperScissorsEquilibrium({ wins, lossScale: L }: Stakes): readonly number[] {
  const [r, p, s] = wins as readonly [number, number, number];
  const weights = [s * (L * s + r + L * L * p), r * (L * L * s + L * r + p), p * (s + L * L * r + L * p)];
  const sum = weights[0] + weights[1] + weights[2];
  return weights.map((weight) => weight / sum);
}
