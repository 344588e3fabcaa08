import { describe, expect, it } from 'vitest';
import { expectedValue } from '../../../src/envs/kuhn-poker/analysis.js';
import { informationSets } from '../../../src/envs/kuhn-poker/information-sets.js';
import { type Act, playEpisodes } from '../../helpers/envs/episodes.js';
import { make, player, started } from './rounds.js';

const ID = 'kuhn-poker-v1';
const [JACK, QUEEN, KING] = [0, 1, 2];
const [PASS, BET] = [0, 1];

/** Deals the cards and plays actions in turn; gives back the last step. */
function playHand(cards: readonly [number, number], actions: readonly number[]) {
  const environment = make(ID);
  const batch = started(environment, 1);
  batch.state.cards.set(cards);
  actions.forEach((action, t) => {
    batch.action[t % 2][0] = action;
    // Who waits may only pass.
    batch.action[1 - (t % 2)][0] = PASS;
    expect([batch.terminated[0], batch.truncated[0]]).toEqual([0, 0]);
    environment.step(batch, undefined as never);
    if (t < actions.length - 1) expect(batch.reward.map((reward) => reward[0])).toEqual([0, 0]);
  });
  const names = environment.episodeMetrics!;
  return {
    terminated: batch.terminated[0],
    rewards: batch.reward.map((reward) => reward[0]),
    metrics: batch.episodeMetric.map((metric) => names.filter((_, j) => metric[j] === 1)),
    masks: batch.actionMask.map((mask) => [...mask]),
    observations: batch.observation.map((seen) => [...seen].join('')),
  };
}

const codeOf = (numbers: ArrayLike<number>, at: number): number => {
  let code = 0;
  for (let j = 0; j < 8; j++) code = 2 * code + numbers[at + j];
  return code;
};

/** Bets with the probabilities of a strategy profile at the information sets that the observations show. Throws where a mask does
 *  not say the same. */
const playing = (strategies: readonly number[]): Act => {
  const places = [0, 1].map(
    (i) =>
      new Map(
        informationSets().flatMap(({ agent, observation }, k) => (agent === i ? [[codeOf(observation, 0), k]] : [])),
      ),
  );
  return ({ observation, actionMask, action, instances }, random) => {
    for (let i = 0; i < 2; i++) {
      for (let b = 0; b < instances; b++) {
        const k = places[i].get(codeOf(observation[i], b * 8));
        if (actionMask[i][b * 2 + 1] !== (k === undefined ? 0 : 1)) throw new Error(`agent ${i}: mask and turn differ`);
        action[i][b] = k !== undefined && random.uniform() < strategies[k] ? BET : PASS;
      }
    }
  };
};

describe('kuhn-poker-v1', () => {
  it.each<[string, [number, number], number[], number, string[], string[]]>([
    [
      'check, check; the higher card wins 1',
      [KING, JACK],
      [PASS, PASS],
      1,
      ['won', 'showdown', 'kingOpen'],
      ['showdown', 'jackOpen'],
    ],
    ['check, check', [QUEEN, KING], [PASS, PASS], -1, ['showdown'], ['won', 'showdown', 'kingOpen']],
    ['bet, fold; the bettor wins 1', [JACK, KING], [BET, PASS], 1, ['won', 'jackOpen', 'jackBet'], []],
    [
      'bet, call; the higher card wins 2',
      [KING, QUEEN],
      [BET, BET],
      2,
      ['won', 'showdown', 'kingOpen', 'kingBet'],
      ['showdown', 'queenFaced', 'queenCalled'],
    ],
    [
      'bet, call',
      [JACK, QUEEN],
      [BET, BET],
      -2,
      ['showdown', 'jackOpen', 'jackBet'],
      ['won', 'showdown', 'queenFaced', 'queenCalled'],
    ],
    ['bet, fold with a queen', [JACK, QUEEN], [BET, PASS], 1, ['won', 'jackOpen', 'jackBet'], ['queenFaced']],
    [
      'check, bet, fold; the bettor wins 1',
      [QUEEN, JACK],
      [PASS, BET, PASS],
      -1,
      ['queenFaced'],
      ['won', 'jackOpen', 'jackBet'],
    ],
    [
      'check, bet, call; the higher card wins 2',
      [QUEEN, JACK],
      [PASS, BET, BET],
      2,
      ['won', 'showdown', 'queenFaced', 'queenCalled'],
      ['showdown', 'jackOpen', 'jackBet'],
    ],
    [
      'check, bet, call',
      [JACK, KING],
      [PASS, BET, BET],
      -2,
      ['showdown', 'jackOpen'],
      ['won', 'showdown', 'kingOpen', 'kingBet'],
    ],
  ])('%s', (_, cards, actions, paid, first, second) => {
    const hand = playHand(cards, actions);
    expect(hand.terminated).toBe(1);
    expect(hand.rewards).toEqual([paid, -paid]);
    expect(hand.metrics).toEqual([first, second]);
    expect(hand.masks).toEqual([
      [1, 0],
      [1, 0],
    ]);
    // Nobody is to move.
    expect(hand.observations.map((seen) => seen[3])).toEqual(['0', '0']);
  });

  it('shows the card, whose turn it is and what both did, and lets only pass who waits', () => {
    const { batch, play } = player(make(ID), ID);
    const [own, other] = batch.state.cards;
    const card = (held: number) => ['100', '010', '001'][held];
    const views = () => batch.observation.map((seen) => [...seen].join(''));
    const masks = () => batch.actionMask.map((mask) => [...mask].join(''));
    const all = () => [...batch.globalState].join('');
    expect(views()).toEqual([`${card(own)}10000`, `${card(other)}00000`]);
    expect(masks()).toEqual(['11', '10']);
    expect(all()).toBe(`${card(own)}${card(other)}0000`);
    play([PASS, PASS]);
    expect(views()).toEqual([`${card(own)}01000`, `${card(other)}11000`]);
    expect(masks()).toEqual(['10', '11']);
    play([PASS, BET]);
    expect(views()).toEqual([`${card(own)}11001`, `${card(other)}01001`]);
    expect(masks()).toEqual(['11', '10']);
    expect(all()).toBe(`${card(own)}${card(other)}1001`);
  });

  it('deals each pair of cards as often as the others', () => {
    const { cards } = started(make(ID), 60_000).state;
    const counts = new Map<string, number>();
    for (let b = 0; b < 60_000; b++) {
      const deal = cards.subarray(b * 2, b * 2 + 2).join('');
      counts.set(deal, (counts.get(deal) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['01', '02', '10', '12', '20', '21']);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it.each([
    ['even', new Array(12).fill(0.5), 1 / 8],
    ['anything', [0.1, 0.7, 0.4, 0.9, 0.2, 0.6, 0.3, 0.8, 0.5, 0.35, 0.65, 0.15], undefined],
  ])('pays %s strategies what the analysis says', (_, strategies, known) => {
    const value = expectedValue(strategies);
    if (known !== undefined) expect(value).toBeCloseTo(known, 12);
    const [first, second] = playEpisodes(make(ID), playing(strategies), 100_000).returns;
    expect(Math.abs(first.mean - value)).toBeLessThan(4 * first.standardError);
    expect(second.mean + first.mean).toBeCloseTo(0, 10);
  });

  it('has profiles of the probability of betting, with what every equilibrium has', () => {
    const sets = informationSets();
    const profiles = make(ID).profiles!;
    expect(profiles.map(({ agent, quantity, reference }) => [agent, quantity, reference!.quantity])).toEqual([
      ['agent-0', 'bet', [null, 0, null]],
      ['agent-1', 'bet after a check', [1 / 3, 0, 1]],
      ['agent-1', 'call after a bet', [0, 1 / 3, 1]],
      ['agent-0', 'call after check, bet', [0, null, 1]],
    ]);
    expect(profiles.flatMap(({ observations }) => observations)).toEqual(sets.map(({ observation }) => observation));
  });

  it('takes no options', () => {
    expect(() => make(ID, { ante: 2 })).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
  });
});
