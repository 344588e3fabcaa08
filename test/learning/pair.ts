import type { JobSpecInput } from '../../src/jobs/index.js';
import { createTeam } from '../../src/training/index.js';
import type { Strategy } from '../helpers/envs/double-auction-best-response.js';
import { resolve } from '../helpers/training.js';
import { learn } from './learn.js';

const POINTS = 1000;
const points = Array.from({ length: POINTS }, (_, i) => (i + 0.5) / POINTS);

/** How one trader does against the other's quotes, told as a buyer; a seller with cost c is a buyer with value 1 − c. */
export interface TraderConduct {
  /** Mean |quote − equilibrium line| from value ¼ on, where the equilibrium trades. */
  readonly error: number;
  /** Share of all pairs of value and cost that trade. */
  readonly trades: number;
  /** Mean gain after the participation cost, and how much more the best response would gain. */
  readonly gain: number;
  readonly gap: number;
  /** Share of values with which it stays away, and with which the best response does. */
  readonly away: number;
  readonly shouldBeAway: number;
  /** Share of values with which it decides otherwise than the best response. */
  readonly astray: number;
}

/** Trains one buyer and one seller, v, c ~ U[0, 1], and probes their modes by midpoint quadrature, so nothing is luck. */
export async function learnPair(input: JobSpecInput, seed: number, participationCost = 0) {
  const result = await learn({ ...input, evaluation: { every: 0 } }, seed);
  const team = createTeam(resolve({ ...input, seed }), result.weights);
  const strategy =
    (agent: string): Strategy =>
    (value) => {
      const action = team.act(agent, [value]);
      return action.length > 1 && action[0] === 0 ? null : action.at(-1)!;
    };
  const [bid, ask] = [strategy('buyer'), strategy('seller')];
  return {
    ...result,
    bid,
    ask,
    buyer: conductOf(bid, ask, participationCost),
    seller: conductOf(mirrored(ask), mirrored(bid), participationCost),
  };
}

const mirrored =
  (strategy: Strategy): Strategy =>
  (value) => {
    const quote = strategy(1 - value);
    return quote === null ? null : 1 - quote;
  };

/** The best bid is one of the asks: any higher one that accepts the same asks pays more. */
function conductOf(bid: Strategy, ask: Strategy, participationCost: number): TraderConduct {
  const asks = points.flatMap((cost) => ask(cost) ?? []).sort((x, y) => x - y);
  const below: number[] = [0];
  for (const s of asks) below.push(below.at(-1)! + s);
  /** Of a bid that accepts the j lowest asks. */
  const gainOf = (v: number, j: number, quote: number): number =>
    (j * v - (j * quote + below[j]!) / 2) / POINTS - participationCost;
  const totals = { error: 0, near: 0, trades: 0, gain: 0, gap: 0, away: 0, shouldBeAway: 0, astray: 0 };
  for (const v of points) {
    let best = 0;
    for (let j = 1; j <= asks.length; j++) best = Math.max(best, gainOf(v, j, asks[j - 1]!));
    const quote = bid(v);
    let own = 0;
    if (quote === null) totals.away++;
    else {
      const next = asks.findIndex((s) => s > quote);
      const accepted = next < 0 ? asks.length : next;
      own = gainOf(v, accepted, quote);
      totals.trades += accepted / POINTS;
      if (v >= 0.25) {
        totals.near++;
        totals.error += Math.abs(quote - ((2 * v) / 3 + 1 / 12));
      }
    }
    if (best === 0) totals.shouldBeAway++;
    if ((quote === null) !== (best === 0)) totals.astray++;
    totals.gain += own;
    totals.gap += best - own;
  }
  return {
    error: totals.error / totals.near,
    trades: totals.trades / POINTS,
    gain: totals.gain / POINTS,
    gap: totals.gap / POINTS,
    away: totals.away / POINTS,
    shouldBeAway: totals.shouldBeAway / POINTS,
    astray: totals.astray / POINTS,
  };
}
