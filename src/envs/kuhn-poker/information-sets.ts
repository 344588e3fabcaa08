/** Jack, queen, king. */
export const CARDS = 3;
/** What an agent may do: 0 passes (checks, or folds), 1 bets (or calls). */
export const ACTIONS = 2;

/** What has been done when somebody decides, in the order of play. agent-0 decides at the first and the last, agent-1 at the
 *  others. */
export const HISTORIES = ['', 'check', 'bet', 'check-bet'] as const;
export const DECIDES = [0, 1, 1, 0] as const;

/** Places in the tree of the game where somebody decides, and the place where nobody does. */
export const START = 0;
export const CHECKED = 1;
export const BET = 2;
export const CHECKED_BET = 3;
export const OVER = 4;

/** | own card: J Q K | own turn | agent-0 passed, bet | agent-1 passed, bet | */
export const FEATURES = CARDS + 1 + 2 * ACTIONS;

/** Writes what an agent sees that holds `card`: out[at …]. first and second are what agent-0 and agent-1 did first, −1 for
 *  nothing yet. */
export function writeObservation(
  out: { [index: number]: number },
  at: number,
  card: number,
  turn: boolean,
  first: number,
  second: number,
): void {
  for (let c = 0; c < CARDS; c++) out[at + c] = c === card ? 1 : 0;
  out[at + CARDS] = turn ? 1 : 0;
  writeActions(out, at + CARDS + 1, first, second);
}

/** | agent-0 passed, bet | agent-1 passed, bet | */
export function writeActions(out: { [index: number]: number }, at: number, first: number, second: number): void {
  for (let a = 0; a < ACTIONS; a++) {
    out[at + a] = first === a ? 1 : 0;
    out[at + ACTIONS + a] = second === a ? 1 : 0;
  }
}

/** What agent-0 did first on the way to a place where somebody decides, and what agent-1 did; −1 for nothing yet. */
export const FIRST_ACTION = [-1, 0, 1, 0] as const;
export const SECOND_ACTION = [-1, -1, -1, 1] as const;

/** What an agent can tell apart when it decides: its card and what has been done. */
export interface InformationSet {
  /** 0 or 1: which agent decides. */
  readonly agent: number;
  /** 0 jack, 1 queen, 2 king. */
  readonly card: number;
  readonly history: (typeof HISTORIES)[number];
  /** What a policy is given there. */
  readonly observation: readonly number[];
  readonly mask: readonly number[];
}

/** The 12 information sets, number place · 3 + card: a strategy profile is the probability of betting at each, in this order.
 *  A policy's are read off by giving it `observation` and `mask` and taking the probability of action 1. */
export function informationSets(): readonly InformationSet[] {
  return HISTORIES.flatMap((history, place) =>
    Array.from({ length: CARDS }, (_, card) => {
      const observation = new Array<number>(FEATURES).fill(0);
      writeObservation(observation, 0, card, true, FIRST_ACTION[place], SECOND_ACTION[place]);
      return { agent: DECIDES[place], card, history, observation, mask: new Array<number>(ACTIONS).fill(1) };
    }),
  );
}
