import { describe, expect, it } from 'vitest';
import { twoRoomsOptimum } from '../../../src/envs/two-rooms/optimum.js';
import { actAtRandom, playEpisodes } from '../../helpers/envs/episodes.js';
import { distancesTo, readPicture, walkShortest } from '../../helpers/envs/two-rooms.js';
import { make, started } from './rounds.js';

const ID = 'two-rooms-v1';
const [NORTH, SOUTH, WEST, EAST] = [0, 1, 2, 3];
const DEFAULTS = { size: 5, stepCost: 0.05, shaping: 0, steps: 20 };

/** Places agents and goals on a drawing of rows: # wall, digits the agents, letters their goals (a is agent 0's). */
function draw(rows: readonly string[], options: object = {}) {
  const size = rows.length;
  const find = (sign: string): [number, number] => {
    const r = rows.findIndex((row) => row.includes(sign));
    return [r, rows[r].indexOf(sign)];
  };
  const agents = rows.join('').match(/\d/g)?.length ?? 0;
  const environment = make(ID, { size, agents, ...options });
  const batch = started(environment, 1);
  const { state } = batch;
  const isColumn = rows.filter((row) => row.includes('#')).length > 1;
  const [r, c] = find('#');
  state.vertical[0] = isColumn ? 1 : 0;
  state.wall[0] = isColumn ? c : r;
  state.door[0] = isColumn ? rows.findIndex((row) => row[c] !== '#') : [...rows[r]].findIndex((sign) => sign !== '#');
  for (let i = 0; i < agents; i++) {
    [state.row[i], state.column[i]] = find(String(i));
    [state.goalRow[i], state.goalColumn[i]] = find('abcd'[i]);
  }
  const act = (...actions: number[]) => {
    actions.forEach((action, i) => (batch.action[i][0] = action));
    batch.terminated[0] = batch.truncated[0] = 0;
    environment.step(batch, undefined as never);
    return {
      places: Array.from({ length: agents }, (_, i) => [state.row[i], state.column[i]]),
      rewards: batch.reward.map((reward) => reward[0]),
      ended: batch.terminated[0] === 1 ? 'terminated' : batch.truncated[0] === 1 ? 'truncated' : '',
    };
  };
  return { batch, act };
}

describe('two-rooms-v1', () => {
  const upright = ['..#..', '..#..', '.0...', '..#..', '..#.a'];
  const level = ['0....', '.....', '##.##', '....a', '.....'];

  it.each<[string, string[], number[], [number, number]]>([
    ['north', upright, [NORTH], [1, 1]],
    ['south', upright, [SOUTH], [3, 1]],
    ['west', upright, [WEST], [2, 0]],
    ['east, through the door', upright, [EAST, EAST], [2, 3]],
    ['not into a wall that stands', upright, [NORTH, EAST], [1, 1]],
    ['not into a wall that lies', level, [SOUTH, SOUTH], [1, 0]],
    ['through a door of a wall that lies', level, [EAST, EAST, SOUTH, SOUTH, SOUTH], [3, 2]],
    ['not out of the north', level, [NORTH], [0, 0]],
    ['not out of the west', level, [WEST], [0, 0]],
    ['not out of the south', upright, [SOUTH, SOUTH, SOUTH], [4, 1]],
    ['not out of the east', level, [EAST, EAST, EAST, EAST, EAST], [0, 4]],
  ])('an agent walks %s', (_, rows, actions, place) => {
    const { act } = draw(rows);
    const last = actions.map((action) => act(action)).at(-1)!;
    expect(last.places).toEqual([place]);
  });

  it('pays 1 for arriving, less the cost of each step, and ends', () => {
    const { batch, act } = draw(['..#.', '.0.a', '..#.', '..#.']);
    expect(act(EAST)).toMatchObject({ rewards: [Math.fround(-0.05)], ended: '' });
    expect(act(EAST)).toMatchObject({ rewards: [Math.fround(0.95)], ended: 'terminated' });
    expect([...batch.episodeMetric[0]].slice(0, 2)).toEqual([1, 2]);
  });

  it('pays for every move that shortens the way, and takes for one that makes it longer', () => {
    const { act } = draw(['..#b', '10.a', '..#.', '..#.'], { shaping: 0.25, stepCost: 0 });
    const paid = [
      [WEST, NORTH],
      [NORTH, EAST],
      [SOUTH, SOUTH],
      [EAST, EAST],
    ].map((actions) => act(...actions).rewards);
    expect(paid).toEqual([
      [-0.25, -0.25],
      [-0.25, 0.25],
      [0.25, 0.25],
      [0.25, 0.25],
    ]);
  });

  it('cuts an episode off, unless its last step arrives', () => {
    const rows = ['..#.', '.0.a', '..#.', '..#.'];
    const away = draw(rows, { steps: 2 });
    expect(away.act(WEST).ended).toBe('');
    expect(away.act(WEST)).toMatchObject({ rewards: [Math.fround(-0.05)], ended: 'truncated' });
    expect([...away.batch.episodeMetric[0]].slice(0, 2)).toEqual([0, 2]);
    const there = draw(rows, { steps: 2 });
    there.act(EAST);
    expect(there.act(EAST).ended).toBe('terminated');
  });

  it('lets who has arrived wait for the others, unpaid, with nothing to choose', () => {
    const { batch, act } = draw(['0a#.', '..1b', '..#.', '..#.'], { agents: 2 });
    const masks = () => batch.actionMask.map((mask) => [...mask]);
    expect(act(EAST, NORTH)).toMatchObject({ rewards: [0.95, -0.05].map(Math.fround), ended: '' });
    expect(masks()).toEqual([
      [1, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
    const places = [
      [0, 1],
      [1, 3],
    ];
    expect(act(NORTH, EAST)).toEqual({ places, rewards: [0, Math.fround(0.95)], ended: 'terminated' });
    expect(batch.episodeMetric.map((metric) => [...metric].slice(0, 2))).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it('paints oneself, the goal, the wall and the others', () => {
    const { batch, act } = draw(['0.#.', '..1b', '..#.', '..#a'], { agents: 2 });
    act(SOUTH, EAST);
    const wall = [2, 10, 14];
    expect(readPicture(batch, 0, 0)).toEqual({ size: 4, self: [4], goal: [15], wall, others: [7] });
    expect(readPicture(batch, 0, 1)).toEqual({ size: 4, self: [7], goal: [7], wall, others: [4] });
    const lit = Array.from({ length: 5 }, (_, channel) =>
      Array.from({ length: 16 }, (_, pixel) => pixel).filter((pixel) => batch.globalState[pixel * 5 + channel]),
    );
    expect(lit).toEqual([wall, [4], [15], [7], [7]]);
    expect(batch.observation[0].reduce((sum, pixel) => sum + pixel)).toBe(6);
  });

  it('paints no others where there are none', () => {
    const [agent] = make(ID).agents;
    expect(agent).toMatchObject({ masked: false, observationSpace: { shape: [5, 5, 3] } });
  });

  it('lays out every game, the shortest way as long as a search finds it', () => {
    const batch = started(make(ID, { size: 4, agents: 2 }), 1500);
    const seen = new Set<string>();
    for (let b = 0; b < batch.instances; b++) {
      for (let i = 0; i < 2; i++) {
        const { size, self, goal, wall } = readPicture(batch, b, i);
        expect(wall.length).toBe(3);
        expect(self).not.toEqual(goal);
        expect(wall).not.toContain(self[0]);
        expect(wall).not.toContain(goal[0]);
        expect(batch.state.shortest[b * 2 + i]).toBe(distancesTo(goal[0], wall, size)[self[0]]);
        seen.add(JSON.stringify([wall, self, goal]));
      }
    }
    // 2 directions × 2 lines × 4 doors, 13 free cells and 12 others: 2496 games; 3000 draws meet 1746 of them, give or take 20.
    expect(Math.abs(seen.size - 1746)).toBeLessThan(100);
  });

  it.each([
    DEFAULTS,
    { size: 4, stepCost: 0.2, shaping: 0.5, steps: 4 },
    { size: 6, stepCost: 0, shaping: 0, steps: 40 },
  ])('is worth what the optimum says to who walks shortest ways, with %j', (options) => {
    const played = playEpisodes(make(ID, { ...options, agents: 2 }), walkShortest, 1000);
    const optimum = twoRoomsOptimum(options);
    for (const { mean, standardError } of played.returns) {
      expect(Math.abs(mean - optimum.return)).toBeLessThan(4 * standardError + 1e-6);
    }
    const shortest = played.metrics.map((metric) => metric.shortest);
    for (const length of shortest) expect(length).toBeCloseTo(optimum.moves, 0);
  });

  it('has the optimum that a search over every game finds', () => {
    const options = { size: 4, stepCost: 0.1, shaping: 0.25, steps: 5 };
    let games = 0;
    let moves = 0;
    let returns = 0;
    for (const line of [1, 2]) {
      for (let door = 0; door < 4; door++) {
        const wall = [0, 1, 2, 3].filter((r) => r !== door).map((r) => r * 4 + line);
        for (let goal = 0; goal < 16; goal++) {
          if (wall.includes(goal)) continue;
          for (const way of distancesTo(goal, wall, 4)) {
            if (way <= 0) continue;
            games++;
            moves += way;
            returns += way <= 5 ? 1 + 0.15 * way : 0.75;
          }
        }
      }
    }
    expect(games).toBe(1248);
    expect(twoRoomsOptimum(options).moves).toBeCloseTo(moves / games, 12);
    expect(twoRoomsOptimum(options).return).toBeCloseTo(returns / games, 12);
  });

  it('has the values that its page states', () => {
    expect(twoRoomsOptimum(DEFAULTS).return).toBeCloseTo(1 - 0.05 * (142 / 35), 10);
    expect(twoRoomsOptimum(DEFAULTS).moves).toBeCloseTo(142 / 35, 10);
    const small = twoRoomsOptimum({ ...DEFAULTS, size: 4, shaping: 0.2 });
    expect(small.moves).toBeCloseTo(257 / 78, 10);
    expect(small.return).toBeCloseTo(1 + 0.15 * (257 / 78), 10);
    expect(playEpisodes(make(ID), actAtRandom, 4000).total.mean).toBeCloseTo(-0.51, 1);
  });
});
