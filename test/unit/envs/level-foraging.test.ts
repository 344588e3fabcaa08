import { describe, expect, it } from 'vitest';
import { actAtRandom, playEpisodes } from '../../helpers/envs/episodes.js';
import { goTogether, layOut, type Triple } from '../../helpers/envs/level-foraging.js';
import { make, started } from './rounds.js';

const ID = 'level-foraging-v1';
const [NONE, NORTH, SOUTH, WEST, EAST, LOAD] = [0, 1, 2, 3, 4, 5];

/** Lays out agents and foods, and returns what playing actions gives. */
function lay(agents: readonly Triple[], foods: readonly Triple[], options: object = {}) {
  const environment = make(ID, { agents: agents.length, foods: foods.length, ...options });
  const batch = layOut(environment, agents, foods);
  const act = (...actions: number[]) => {
    actions.forEach((action, i) => (batch.action[i][0] = action));
    batch.terminated[0] = 0;
    batch.truncated[0] = 0;
    environment.step(batch, undefined as never);
    const { row, column, foodLevel } = batch.state;
    return {
      places: agents.map((_, i) => [row[i], column[i]]),
      rewards: batch.reward.map((reward) => reward[0]),
      foods: [...foodLevel],
      ended: batch.terminated[0] === 1 ? 'terminated' : batch.truncated[0] === 1 ? 'truncated' : '',
      metrics: batch.episodeMetric.map((metric) => [...metric]),
    };
  };
  return { batch, act };
}

const masks = (batch: { actionMask: readonly Uint8Array[] }) => batch.actionMask.map((mask) => [...mask].join(''));

describe('level-foraging-v1', () => {
  it.each<[string, Triple, number, number[]]>([
    ['north', [3, 3, 1], NORTH, [2, 3]],
    ['south', [3, 3, 1], SOUTH, [4, 3]],
    ['west', [3, 3, 1], WEST, [3, 2]],
    ['east', [3, 3, 1], EAST, [3, 4]],
    ['nowhere', [3, 3, 1], NONE, [3, 3]],
    ['not out of the north', [0, 3, 1], NORTH, [0, 3]],
    ['not out of the south', [7, 3, 1], SOUTH, [7, 3]],
    ['not out of the west', [3, 0, 1], WEST, [3, 0]],
    ['not out of the east', [3, 7, 1], EAST, [3, 7]],
    ['not onto food', [5, 4, 1], SOUTH, [5, 4]],
    ['not by loading', [5, 4, 1], LOAD, [5, 4]],
  ])('an agent walks %s', (_, agent, action, place) => {
    expect(lay([agent], [[6, 4, 3]]).act(action).places).toEqual([place]);
  });

  it.each<[string, [number, number][], number[], [number, number][]]>([
    [
      'two who want one cell stay',
      [
        [3, 3],
        [3, 5],
      ],
      [EAST, WEST],
      [
        [3, 3],
        [3, 5],
      ],
    ],
    [
      'who wants the cell of one who stays, stays',
      [
        [3, 3],
        [3, 4],
      ],
      [EAST, NONE],
      [
        [3, 3],
        [3, 4],
      ],
    ],
    [
      'also of one who cannot move',
      [
        [0, 3],
        [0, 4],
      ],
      [EAST, NORTH],
      [
        [0, 3],
        [0, 4],
      ],
    ],
    [
      'who wants the cell of one who leaves, follows',
      [
        [3, 3],
        [3, 4],
      ],
      [EAST, EAST],
      [
        [3, 4],
        [3, 5],
      ],
    ],
    [
      'two change places',
      [
        [3, 3],
        [3, 4],
      ],
      [EAST, WEST],
      [
        [3, 4],
        [3, 3],
      ],
    ],
    [
      'who follows one that fails, joins it',
      [
        [3, 3],
        [3, 4],
        [3, 6],
      ],
      [EAST, EAST, WEST],
      [
        [3, 4],
        [3, 4],
        [3, 6],
      ],
    ],
  ])('%s', (_, from, actions, to) => {
    const agents = from.map(([r, c]): Triple => [r, c, 1]);
    expect(lay(agents, [[6, 1, 9]]).act(...actions).places).toEqual(to);
  });

  it('pays by levels who loads together, where the levels suffice', () => {
    // Food of levels 3 and 5 in all; the one of 3 is loaded by levels 1 and 2.
    const { act } = lay(
      [
        [2, 3, 1],
        [4, 3, 2],
        [3, 2, 2],
      ],
      [
        [3, 3, 3],
        [6, 6, 2],
      ],
    );
    expect(act(LOAD, LOAD, NONE)).toMatchObject({
      rewards: [3 / 15, 6 / 15, 0].map(Math.fround),
      foods: [0, 2],
      ended: '',
    });
  });

  it('pays all who load, also more than needed', () => {
    const { act } = lay(
      [
        [2, 3, 1],
        [4, 3, 2],
        [3, 2, 2],
      ],
      [[3, 3, 3]],
    );
    expect(act(LOAD, LOAD, LOAD)).toMatchObject({
      rewards: [0.2, 0.4, 0.4].map(Math.fround),
      foods: [0],
      ended: 'terminated',
      metrics: [
        [1, 1, 0],
        [1, 1, 0],
        [1, 1, 0],
      ],
    });
  });

  it('takes a penalty from who loads in vain, and from nobody else', () => {
    const { act } = lay(
      [
        [2, 3, 1],
        [4, 3, 1],
        [6, 6, 2],
      ],
      [[3, 3, 3]],
      { penalty: 0.25 },
    );
    expect(act(LOAD, LOAD, LOAD)).toMatchObject({ rewards: [-0.25, -0.25, 0], foods: [3], ended: '' });
    expect(act(LOAD, NONE, NONE)).toMatchObject({ rewards: [-0.25, 0, 0] });
  });

  it('is cut off after `steps` steps, with the share that was collected', () => {
    const { act } = lay(
      [
        [2, 3, 2],
        [7, 7, 1],
      ],
      [
        [3, 3, 2],
        [5, 6, 3],
      ],
      { steps: 3 },
    );
    expect(act(LOAD, NONE).rewards).toEqual([Math.fround(0.4), 0]);
    expect(act(LOAD, WEST).rewards).toEqual([0, 0]);
    const last = act(LOAD, NONE);
    expect(last).toMatchObject({ ended: 'truncated', metrics: new Array(2).fill([Math.fround(0.4), 0, 0]) });
  });

  it('shows food, oneself and the others by row, column and level', () => {
    const { batch, act } = lay(
      [
        [0, 7, 2],
        [5, 1, 1],
        [3, 3, 1],
      ],
      [
        [2, 4, 3],
        [6, 6, 1],
      ],
    );
    const foods = [2, 4, 3, 6, 6, 1];
    expect(batch.observation.map((seen) => [...seen])).toEqual([
      [...foods, 0, 7, 2, 5, 1, 1, 3, 3, 1],
      [...foods, 5, 1, 1, 0, 7, 2, 3, 3, 1],
      [...foods, 3, 3, 1, 0, 7, 2, 5, 1, 1],
    ]);
    expect([...batch.globalState]).toEqual([...foods, 0, 7, 2, 5, 1, 1, 3, 3, 1]);
    act(NONE, NONE, WEST);
    expect([...batch.observation[1]]).toEqual([...foods, 5, 1, 1, 0, 7, 2, 3, 2, 1]);
  });

  it('moves what is left to the front, and shows nothing as −1, −1, 0', () => {
    const { batch, act } = lay(
      [[2, 3, 2]],
      [
        [2, 4, 2],
        [6, 6, 1],
      ],
    );
    act(LOAD);
    expect([...batch.observation[0]]).toEqual([6, 6, 1, -1, -1, 0, 2, 3, 2]);
    expect([...batch.globalState]).toEqual([6, 6, 1, -1, -1, 0, 2, 3, 2]);
  });

  it('shows what is within `sight`, counted from the corner of what is seen', () => {
    const foods: Triple[] = [
      [2, 4, 3],
      [6, 6, 1],
    ];
    const { batch } = lay(
      [
        [4, 4, 1],
        [4, 6, 2],
        [4, 7, 1],
      ],
      foods,
      { sight: 2 },
    );
    expect(batch.observation.map((seen) => [...seen])).toEqual([
      [0, 2, 3, 4, 4, 1, 2, 2, 1, 2, 4, 2, -1, -1, 0],
      [0, 0, 3, 4, 2, 1, 2, 2, 2, 2, 0, 1, 2, 3, 1],
      [4, 1, 1, -1, -1, 0, 2, 2, 1, 2, 1, 2, -1, -1, 0],
    ]);
    // The global state still tells all.
    expect([...batch.globalState].slice(0, 6)).toEqual([2, 4, 3, 6, 6, 1]);
  });

  it('shows agents farther off than food from near the upper and left edges, as lb-foraging does', () => {
    const { batch } = lay(
      [
        [0, 1, 1],
        [4, 5, 2],
        [5, 1, 1],
      ],
      [[3, 3, 1]],
      { sight: 2 },
    );
    // The corner is (0, 0): agent 1 at (4, 5) is past column 4, at (4, 4) it would be seen; food at (3, 3) is not.
    expect([...batch.observation[0]]).toEqual([-1, -1, 0, 0, 1, 1, -1, -1, 0, -1, -1, 0]);
    const nearer = lay(
      [
        [0, 1, 1],
        [4, 4, 2],
        [5, 1, 1],
      ],
      [[3, 2, 1]],
      { sight: 2 },
    ).batch;
    expect([...nearer.observation[0]]).toEqual([-1, -1, 0, 0, 1, 1, 4, 4, 2, -1, -1, 0]);
  });

  it('masks what would do nothing, if asked to', () => {
    const { batch, act } = lay(
      [
        [0, 0, 1],
        [3, 4, 2],
      ],
      [[3, 3, 3]],
      { masked: true },
    );
    //                           none, north, south, west, east, load
    expect(masks(batch)).toEqual(['101010', '111011']);
    act(SOUTH, NORTH);
    expect(masks(batch)).toEqual(['111010', '111110']);
    expect(make(ID).agents[0].masked).toBe(false);
    expect(masks(started(make(ID), 1))).toEqual(['', '']);
  });

  it('lays out agents on different cells and food apart, inside the ring, with levels that can be loaded', () => {
    const instances = 1000;
    const { state } = started(make(ID, { agents: 4, foods: 4, maxLevel: 3 }), instances);
    const levels = new Map<number, number>();
    for (let b = 0; b < instances; b++) {
      const list = (rows: ArrayLike<number>, columns: ArrayLike<number>) =>
        Array.from({ length: 4 }, (_, k) => [rows[b * 4 + k], columns[b * 4 + k]] as const);
      const agents = list(state.row, state.column);
      const foods = list(state.foodRow, state.foodColumn);
      expect(new Set([...agents, ...foods].map(String)).size).toBe(8);
      expect(agents.flat().every((x) => x >= 0 && x <= 7)).toBe(true);
      expect(foods.flat().every((x) => x >= 1 && x <= 6)).toBe(true);
      for (const [k, [r, c]] of foods.entries()) {
        for (const [other, column] of foods.slice(0, k)) {
          expect(Math.abs(r - other) + Math.abs(c - column)).toBeGreaterThan(2);
          // In the order of rows, then columns.
          expect(r * 8 + c).toBeGreaterThan(other * 8 + column);
        }
      }
      const own = [...state.level.subarray(b * 4, b * 4 + 4)].sort();
      for (const level of own) levels.set(level, (levels.get(level) ?? 0) + 1);
      const food = state.foodLevel.subarray(b * 4, b * 4 + 4);
      expect(Math.max(...food)).toBeLessThanOrEqual(own[0] + own[1] + own[2]);
      expect(Math.min(...food)).toBeGreaterThanOrEqual(1);
      expect(state.spawned[b]).toBe([...food].reduce((sum, level) => sum + level, 0));
    }
    for (const level of [1, 2, 3]) expect(levels.get(level)! / (4 * instances)).toBeCloseTo(1 / 3, 1.3);
  });

  it('gives every food the greatest level with `forceCoop`: nobody loads it alone', () => {
    const { state } = started(make(ID, { forceCoop: true }), 1000);
    for (let b = 0; b < 1000; b++) {
      const sum = state.level[b * 2] + state.level[b * 2 + 1];
      expect([...state.foodLevel.subarray(b * 2, b * 2 + 2)]).toEqual([sum, sum]);
    }
  });

  it('lays out less food where there is no room for more', () => {
    const { state } = started(make(ID, { size: 5, agents: 3, foods: 3 }), 2000);
    for (let b = 0; b < 2000; b++) {
      const laid = [...state.foodLevel.subarray(b * 3, b * 3 + 3)].filter((level) => level > 0).length;
      expect([1, 2]).toContain(laid);
    }
  });

  it.each([
    [{}, 0.1982, 8.9],
    [{ forceCoop: true }, 0.0044, 10.9],
  ])('with %j pays %d in all at random, and 1 to who goes together', (options, random, length) => {
    const played = playEpisodes(make(ID, options), actAtRandom, 4000).total;
    expect(Math.abs(played.mean - random)).toBeLessThan(4 * played.standardError);
    const together = playEpisodes(make(ID, options), goTogether(8), 500);
    expect(together.total.mean).toBeCloseTo(1, 6);
    expect(Math.abs(together.length.mean - length)).toBeLessThan(4 * together.length.standardError);
  });

  it.each([
    { size: 4 },
    { agents: 0 },
    { agents: 10 },
    { foods: 0 },
    { sight: 0 },
    { sight: 'none' },
    { penalty: -1 },
    { steps: 0 },
    { food: 2 },
  ])('refuses the options %j', (options) => {
    expect(() => make(ID, options)).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
  });
});
