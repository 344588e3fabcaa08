import { logF64, powF64 } from '../base/math/index.js';

/** Points of a pairing: what the first of the two has won, a draw being half a game. */
export interface PairResult {
  readonly first: number;
  readonly second: number;
  readonly games: number;
  readonly points: number;
}

export const MEAN_RATING = 1000;
/** A player who is better by so much wins ten games for each that it loses. */
const SCALE = 400;
const ROUNDS = 10_000;
const TOLERANCE = 1e-10;
/** Games of a draw with an average player that everybody is thought to have played, so that who never lost has a rating too. */
const PRIOR_GAMES = 1;

/** Elo ratings of `players` whose games these are: the maximum likelihood of the Bradley–Terry model, with mean 1000. The order of
 *  the games does not matter. Source: Hunter 2004 (MM algorithm). */
export function eloRatings(players: number, results: readonly PairResult[]): readonly number[] {
  const points = new Float64Array(players).fill(PRIOR_GAMES / 2);
  for (const { first, second, games, points: won } of results) {
    points[first]! += won;
    points[second]! += games - won;
  }
  let strengths = new Float64Array(players).fill(1);
  for (let round = 0; round < ROUNDS; round++) {
    const expected = new Float64Array(players);
    for (let i = 0; i < players; i++) expected[i] = PRIOR_GAMES / (strengths[i]! + 1);
    for (const { first, second, games } of results) {
      const share = games / (strengths[first]! + strengths[second]!);
      expected[first]! += share;
      expected[second]! += share;
    }
    const next = strengths.map((_, i) => points[i]! / expected[i]!);
    const change = next.reduce((most, value, i) => Math.max(most, Math.abs(value / strengths[i]! - 1)), 0);
    strengths = next;
    if (change < TOLERANCE) break;
  }
  const ratings = Array.from(strengths, (strength) => (SCALE * logF64(strength)) / logF64(10));
  const mean = ratings.reduce((sum, rating) => sum + rating, 0) / players;
  return ratings.map((rating) => rating - mean + MEAN_RATING);
}

/** The share of points that a player of one rating is expected to win against one of another. */
export const expectedShare = (rating: number, other: number): number => 1 / (1 + powF64(10, (other - rating) / SCALE));
