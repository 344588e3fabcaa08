import type { ActionProfile } from '../port.js';
import { BET, CARDS, CHECKED, CHECKED_BET, informationSets, START } from './information-sets.js';

/** What agent-0 is paid at every equilibrium. */
export const KUHN_VALUE = -1 / 18;

/** The equilibrium with agent-0's bluffing rate α ∈ [0, ⅓], as probabilities of betting in the order of `informationSets`; there
 *  are no others. agent-0 bets a jack with α and a king with 3α, and calls with a queen with α + ⅓; agent-1 has one strategy.
 *  Source: Kuhn 1950. Throws RangeError for another α. */
export function kuhnEquilibrium(alpha: number): Float64Array {
  if (!(alpha >= 0 && alpha <= 1 / 3)) {
    throw new RangeError(`alpha is ${alpha}, but the equilibria of Kuhn poker have one from 0 to 1/3`);
  }
  const strategies = new Float64Array(4 * CARDS);
  strategies.set([alpha, 0, 3 * alpha], START * CARDS);
  strategies.set([1 / 3, 0, 1], CHECKED * CARDS);
  strategies.set([0, 1 / 3, 1], BET * CARDS);
  strategies.set([0, alpha + 1 / 3, 1], CHECKED_BET * CARDS);
  return strategies;
}

/** For each place where somebody decides, the probability of betting against the card, beside what every equilibrium has. */
export function kuhnProfiles(ids: readonly string[]): readonly ActionProfile[] {
  const sets = informationSets();
  const none = kuhnEquilibrium(0);
  const most = kuhnEquilibrium(1 / 3);
  const cards = Array.from({ length: CARDS }, (_, card) => card);
  const titles = ['bet', 'bet after a check', 'call after a bet', 'call after check, bet'];
  return titles.map((quantity, place) => {
    const at = cards.map((card) => place * CARDS + card);
    return {
      agent: ids[sets[at[0]].agent],
      label: 'card: jack, queen, king',
      points: cards,
      observations: at.map((k) => sets[k].observation),
      element: 0,
      quantity,
      reference: {
        label: 'every equilibrium',
        quantity: at.map((k) => (none[k] === most[k] ? none[k] : null)),
      },
    };
  });
}
