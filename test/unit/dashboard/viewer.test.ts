import { describe, expect, it } from 'vitest';
import { roundOf } from '../../../dashboard/viewer/auction.js';
import { describeAction, elementNames, levelsOf } from '../../../dashboard/viewer/describe-action.js';
import { lowerMedian, medianSteps } from '../../../dashboard/viewer/median.js';
import { recordingOf } from '../../../dashboard/viewer/recording.js';
import { boundsOf, linearScale } from '../../../dashboard/viewer/scale.js';
import {
  binary,
  box,
  composite,
  describeAction as describeLevels,
  discrete,
  elementSize,
  hierarchical,
  multiDiscrete,
  type Space,
} from '../../../src/spaces/index.js';

const deep = hierarchical([
  { name: 'enter', space: binary() },
  { name: 'how', space: discrete(3), when: { level: 'enter', is: [1] } },
  { name: 'price', space: box(2), when: { level: 'how', is: [1, 2] } },
]);

describe('actions as a person would say them', () => {
  it.each<[Space, number[], string]>([
    [box(2), [0.5, -1], '0.5, −1'],
    [discrete(3), [2], 'choice 2 of 0–2'],
    [multiDiscrete([2, 3]), [1, 2], 'choices 1, 2'],
    [binary(2), [1, 0], 'yes, no'],
    [composite('buyer', 0.4), [0], 'passes'],
    [composite('buyer', 0.4), [0.25], 'bids 0.25'],
    [composite('seller', 0.4), [0.75], 'asks 0.75'],
    [deep, [0, 0, 0, 0], 'enter no'],
    [deep, [1, 0, 0, 0], 'enter yes → how choice 0 of 0–2'],
    [deep, [1, 2, 0.5, 0.25], 'enter yes → how choice 2 of 0–2 → price 0.5, 0.25'],
    [box(1), [], '–'],
  ])('%#', (space, action, words) => expect(describeAction(space, action)).toBe(words));

  it.each([[[0, 0, 0, 0]], [[1, 0, 0, 0]], [[1, 2, 0.5, 0.25]], [[0, 2, 1, 1]]])(
    'levels of %j are those of the library',
    (action) => {
      const told = Object.fromEntries(
        levelsOf(deep, action).map(({ name, numbers }) => [name, numbers?.length === 1 ? numbers[0] : numbers]),
      );
      expect(told).toEqual(describeLevels(deep, action));
    },
  );

  it('name every number', () => {
    for (const space of [box(3), discrete(2), deep, composite('buyer', 0), binary(2)]) {
      expect(elementNames(space)).toHaveLength(elementSize(space));
    }
    expect(elementNames(deep)).toEqual(['enter', 'how', 'price[0]', 'price[1]']);
  });
});

const spaces = {};

describe('a recording', () => {
  const one = {
    actions: { a: [[1]], b: [[2]] },
    rewards: { a: [10], b: [20] },
    observations: { a: [[0.1]], b: [[0.2]] },
  };
  const further = { actions: { a: [[3], [5]], b: [[4], [6]] }, rewards: { a: [30, 50], b: [40, 60] } };

  it('has the steps of a game, or games of one step', () => {
    const games = recordingOf({ game: { ...one, further }, spaces });
    expect([games.unit, games.length, games.agents]).toEqual(['game', 3, ['a', 'b']]);
    expect(games.at(0)[1]).toEqual({ agent: 'b', action: [2], reward: 20, observation: [0.2] });
    expect(games.at(2)[0]).toEqual({ agent: 'a', action: [5], reward: 50, observation: undefined });
    const steps = recordingOf({ game: further, spaces });
    expect([steps.unit, steps.length]).toEqual(['step', 2]);
    expect(recordingOf({ game: { actions: {}, rewards: {} }, spaces }).length).toBe(0);
  });

  it('of the median game has the lower median', () => {
    expect(lowerMedian([4, 1, 3, 2])).toBe(2);
    expect(lowerMedian([3, 1, 2])).toBe(2);
    const recording = recordingOf({ game: { ...one }, spaces });
    expect(medianSteps(recording)).toEqual([{ median: 1, said: [1, 2], rewards: [10, 20] }]);
  });
});

describe('a round of the auction', () => {
  const play = (acts: Record<string, [action: number[], reward: number, value: number]>) =>
    recordingOf({
      game: {
        actions: Object.fromEntries(Object.entries(acts).map(([id, [action]]) => [id, [action]])),
        rewards: Object.fromEntries(Object.entries(acts).map(([id, [, reward]]) => [id, [reward]])),
        observations: Object.fromEntries(Object.entries(acts).map(([id, [, , value]]) => [id, [[value]]])),
      },
      spaces,
    });

  it('tells who traded, at which price, and what it was worth', () => {
    const recording = play({
      'buyer-0': [[0.7], 0.4, 0.9],
      'buyer-1': [[0.2], 0, 0.3],
      'seller-0': [[0.3], 0.4, 0.1],
      'seller-1': [[0.8], 0, 0.2],
    });
    const round = roundOf(recording, 0, { buyers: 2, sellers: 2, actions: 'price' });
    expect(round).toMatchObject({ trades: 1, gain: 0.8 });
    expect(round.price).toBeCloseTo(0.5, 12);
    expect(round.possible).toBeCloseTo(0.8 + 0.1, 12);
    expect(round.buyers.map(({ traded }) => traded)).toEqual([true, false]);
    expect(round.sellers.map(({ quote }) => quote)).toEqual([0.3, 0.8]);
  });

  it('knows who stays away, and does not take the cost of taking part for a gain', () => {
    const options = { buyers: 1, sellers: 1, actions: 'hierarchical', participationCost: 0.01 };
    const away = roundOf(play({ buyer: [[0, 0], 0, 0.9], seller: [[1, 0.4], -0.01, 0.1] }), 0, options);
    expect(away).toMatchObject({
      trades: 0,
      price: null,
      gain: 0,
      buyers: [{ quote: null }],
      sellers: [{ quote: 0.4 }],
    });
    const both = roundOf(play({ buyer: [[1, 0.6], 0.39, 0.9], seller: [[1, 0.4], 0.39, 0.1] }), 0, options);
    expect(both.trades).toBe(1);
    expect(both.price).toBeCloseTo(0.5, 12);
    const passed = roundOf(play({ buyer: [[0], 0, 0.9], seller: [[0.4], 0, 0.1] }), 0, {
      buyers: 1,
      actions: 'composite',
    });
    expect(passed.buyers[0]?.quote).toBeNull();
  });
});

describe('scales', () => {
  it('have round numbers between their ends', () => {
    expect(linearScale(0, 1, 0, 100).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearScale(-3, 14, 0, 100).ticks).toEqual([0, 5, 10]);
    expect(linearScale(0, 10, 100, 0).at(2.5)).toBe(75);
  });

  it('put a single number into the middle', () => {
    expect(linearScale(2, 2, 0, 100).at(2)).toBe(50);
    expect(boundsOf([])).toEqual([0, 1]);
    expect(boundsOf([5, Number.NaN])).toEqual([4.5, 5.5]);
  });
});
