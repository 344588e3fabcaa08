import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { kuhnProfiles } from './equilibrium.js';
import {
  ACTIONS,
  BET,
  CARDS,
  CHECKED,
  CHECKED_BET,
  DECIDES,
  FEATURES,
  FIRST_ACTION,
  OVER,
  SECOND_ACTION,
  START,
  writeActions,
  writeObservation,
} from './information-sets.js';

const IDS = ['agent-0', 'agent-1'] as const;
/** | agent-0's card | agent-1's card | what agent-0 did first | what agent-1 did | */
const GLOBALS = 2 * CARDS + 2 * ACTIONS;
const JACK = 0;
const QUEEN = 1;
const KING = 2;
const METRICS = ['won', 'showdown', 'jackOpen', 'jackBet', 'queenFaced', 'queenCalled', 'kingOpen', 'kingBet'] as const;

/** One hand of Kuhn poker per episode, 2 or 3 steps. Both put in 1 and get one of three cards; agent-0 decides, then agent-1, and
 *  agent-0 once more if it checked and was bet at. A bet is 1; who folds loses what was put in, else the higher card wins it.
 *  Source: Kuhn 1950. */
export function createKuhnPoker(): Environment {
  const agent = {
    observationSpace: box(FEATURES, { low: 0, high: 1 }),
    actionSpace: discrete(ACTIONS),
    masked: true,
  } as const;
  return {
    agents: IDS.map((id) => ({ id, ...agent })),
    state: { cards: { dtype: 'u8', shape: [2] }, place: { dtype: 'u8' } },
    globalState: box(GLOBALS, { low: 0, high: 1 }),
    episodeMetrics: METRICS,
    ratioMetrics: {
      jackBetRate: ['jackBet', 'jackOpen'],
      queenCallRate: ['queenCalled', 'queenFaced'],
      kingBetRate: ['kingBet', 'kingOpen'],
    },
    profiles: kuhnProfiles(IDS),
    reset(batch, instances, count, random) {
      const { cards, place } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        const first = random.integer(CARDS);
        cards[b * 2] = first;
        cards[b * 2 + 1] = (first + 1 + random.integer(CARDS - 1)) % CARDS;
        place[b] = START;
        show(batch, b, -1, -1);
      }
    },
    step(batch) {
      const { place } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const at = place[b];
        const bets = batch.action[DECIDES[at]][b] === 1;
        batch.reward[0][b] = 0;
        batch.reward[1][b] = 0;
        if (at === START) place[b] = bets ? BET : CHECKED;
        else if (at === CHECKED && bets) place[b] = CHECKED_BET;
        else finish(batch, b, bets);
        const taken = bets ? 1 : 0;
        show(batch, b, at === START ? taken : FIRST_ACTION[at], DECIDES[at] === 1 ? taken : SECOND_ACTION[at]);
      }
    },
  };
}

/** Pays and tells what happened; place is still where the last decision was taken. */
function finish(batch: EnvironmentBatch, b: number, bets: boolean): void {
  const { cards, place } = batch.state;
  const last = place[b];
  const first = cards[b * 2];
  const second = cards[b * 2 + 1];
  // A pass where there is a bet is a fold.
  const folds = last !== CHECKED && !bets;
  const stake = bets ? 2 : 1;
  const paid = folds ? (DECIDES[last] === 0 ? -1 : 1) : first > second ? stake : -stake;
  batch.reward[0][b] = paid;
  batch.reward[1][b] = -paid;
  batch.terminated[b] = 1;
  place[b] = OVER;
  tell(batch, b, 0, paid > 0, !folds, true, last === BET, last === CHECKED_BET, bets);
  tell(batch, b, 1, paid < 0, !folds, last !== BET, last === CHECKED_BET, last === BET, bets);
}

/** The metrics of agent i: open says whether it decided with no bet before it, bet what it did there; faced whether it was bet at,
 *  called what it did there. */
function tell(
  batch: EnvironmentBatch,
  b: number,
  i: number,
  won: boolean,
  showdown: boolean,
  open: boolean,
  bet: boolean,
  faced: boolean,
  called: boolean,
): void {
  const card = batch.state.cards[b * 2 + i];
  const metric = batch.episodeMetric[i];
  const at = b * METRICS.length;
  metric[at] = won ? 1 : 0;
  metric[at + 1] = showdown ? 1 : 0;
  metric[at + 2] = open && card === JACK ? 1 : 0;
  metric[at + 3] = bet && card === JACK ? 1 : 0;
  metric[at + 4] = faced && card === QUEEN ? 1 : 0;
  metric[at + 5] = faced && called && card === QUEEN ? 1 : 0;
  metric[at + 6] = open && card === KING ? 1 : 0;
  metric[at + 7] = bet && card === KING ? 1 : 0;
}

/** Writes observations, masks and the global state. Who waits may only pass; when the hand is over, both. */
function show(batch: EnvironmentBatch, b: number, first: number, second: number): void {
  const { cards, place } = batch.state;
  const at = b * GLOBALS;
  for (let i = 0; i < 2; i++) {
    const card = cards[b * 2 + i];
    const turn = place[b] !== OVER && DECIDES[place[b]] === i;
    writeObservation(batch.observation[i], b * FEATURES, card, turn, first, second);
    batch.actionMask[i][b * ACTIONS] = 1;
    batch.actionMask[i][b * ACTIONS + 1] = turn ? 1 : 0;
    for (let c = 0; c < CARDS; c++) batch.globalState[at + i * CARDS + c] = c === card ? 1 : 0;
  }
  writeActions(batch.globalState, at + 2 * CARDS, first, second);
}
