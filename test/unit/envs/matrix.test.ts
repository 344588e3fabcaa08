import { describe, expect, it } from 'vitest';
import { make, player } from './rounds.js';

const ID = 'matrix-v1';

/** Every joint action in the order of the cells, last agent fastest. */
const jointActions = (counts: readonly number[]): number[][] =>
  counts.reduce<number[][]>(
    (joint, count) => joint.flatMap((actions) => Array.from({ length: count }, (_, a) => [...actions, a])),
    [[]],
  );

/** What each agent is paid in every cell: [agent][cell]. */
function payoffsOf(options: object, counts: readonly number[]): number[][] {
  const { play } = player(make(ID, options), ID);
  const rewards = jointActions(counts).map((actions) => play(actions).rewards);
  return counts.map((_, i) => rewards.map((reward) => reward[i]));
}

const same = (table: number[]): number[][] => [table, table];

describe('matrix-v1', () => {
  it.each<[object, number, number[][]]>([
    [{}, 3, same([11, -30, 0, -30, 7, 6, 0, 0, 5])],
    [{ game: 'climbing' }, 3, same([11, -30, 0, -30, 7, 6, 0, 0, 5])],
    [{ game: 'penalty' }, 3, same([-25, 0, 10, 0, 2, 0, 10, 0, -25])],
    [{ game: 'penalty', k: 100 }, 3, same([-100, 0, 10, 0, 2, 0, 10, 0, -100])],
    [
      { game: 'prisoners-dilemma' },
      2,
      [
        [3, 0, 5, 1],
        [3, 5, 0, 1],
      ],
    ],
    [
      { game: 'matching-pennies' },
      2,
      [
        [1, -1, -1, 1],
        [-1, 1, 1, -1],
      ],
    ],
    [{ game: 'coordination' }, 2, same([1, 0, 0, 1])],
  ])('%j pays its table', (options, count, tables) => {
    expect(payoffsOf(options, [count, count]).map((table) => table.map((payoff) => payoff + 0))).toEqual(tables);
  });

  it.each<[string, object, number[], number[][]]>([
    [
      'nested tables',
      {
        payoffs: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          [
            [-1, -2, -3],
            [-4, -5, -6],
          ],
        ],
      },
      [2, 3],
      [
        [1, 2, 3, 4, 5, 6],
        [-1, -2, -3, -4, -5, -6],
      ],
    ],
    [
      'flat tables',
      {
        actions: [3, 2],
        payoffs: [
          [1, 2, 3, 4, 5, 6],
          [0, 0, 0, 0, 0, 0.5],
        ],
      },
      [3, 2],
      [
        [1, 2, 3, 4, 5, 6],
        [0, 0, 0, 0, 0, 0.5],
      ],
    ],
    [
      'one nested table for three agents',
      {
        payoffs: [
          [
            [
              [1, 2],
              [3, 4],
            ],
            [
              [5, 6],
              [7, 8],
            ],
          ],
        ],
      },
      [2, 2, 2],
      new Array(3).fill([1, 2, 3, 4, 5, 6, 7, 8]),
    ],
    ['one agent', { payoffs: [[0.25, 0.75, 0.5]] }, [3], [[0.25, 0.75, 0.5]]],
    [
      'an agent without a choice',
      { actions: [1, 2], payoffs: [[[1, 2]], [3, 4]] },
      [1, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])('pays %s of one’s own', (_, options, counts, tables) => {
    expect(payoffsOf({ game: 'custom', ...options }, counts)).toEqual(tables);
    expect(make(ID, { game: 'custom', ...options }).agents.map(({ actionSpace }) => actionSpace)).toEqual(
      counts.map((count) => ({ kind: 'discrete', count })),
    );
  });

  it('reports payoffs, optimal play and each action’s share, and is cut off after `steps` rounds', () => {
    const { play, metrics } = player(make(ID, { game: 'prisoners-dilemma', steps: 4 }), ID);
    for (const actions of [
      [0, 0],
      [0, 1],
      [1, 1],
    ])
      expect(play(actions).ended).toBe('');
    expect(play([0, 0]).ended).toBe('truncated');
    expect(metrics).toEqual([
      [
        [7 / 4, 0.5, 0.75, 0.25],
        [3, 0.5, 0.5, 0.5],
      ],
    ]);
    for (let t = 0; t < 4; t++) play([1, 0]);
    expect(metrics[1]).toEqual([
      [5, 0, 0, 1],
      [0, 0, 1, 0],
    ]);
    expect(make(ID).episodeMetrics).toEqual(['payoff', 'optimalShare', 'action0Share', 'action1Share', 'action2Share']);
  });

  it('counts every joint action with the greatest sum as optimal', () => {
    const { play, metrics } = player(make(ID, { game: 'coordination', steps: 3 }), ID);
    for (const actions of [
      [0, 0],
      [1, 1],
      [1, 0],
    ])
      play(actions);
    expect(metrics[0][0][1]).toBeCloseTo(2 / 3, 6);
    const zeroSum = player(make(ID, { game: 'matching-pennies', steps: 2 }), ID);
    for (const actions of [
      [0, 1],
      [1, 1],
    ])
      zeroSum.play(actions);
    expect(zeroSum.metrics[0][0][1]).toBe(1);
  });

  it('has a share for each of up to eight actions', () => {
    const metricsOf = (count: number) =>
      make(ID, { game: 'custom', payoffs: [new Array(count).fill(0)] }).episodeMetrics!.length;
    expect([metricsOf(8), metricsOf(9)]).toEqual([10, 2]);
  });

  it('shows nothing but a constant, or the last joint action', () => {
    expect(player(make(ID), ID).play([1, 2]).observations).toEqual([[1], [1]]);
    const options = {
      game: 'custom',
      payoffs: [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
      observation: 'last-actions',
      steps: 3,
    };
    const { play, batch } = player(make(ID, options), ID);
    expect([...batch.observation[1]]).toEqual([0, 0, 0, 0, 0]);
    expect(play([1, 0]).observations).toEqual(same([0, 1, 1, 0, 0]));
    expect(play([0, 2]).observations).toEqual(same([1, 0, 0, 0, 1]));
    // The third round ends the episode; the next begins with nothing seen.
    expect(play([0, 0]).observations).toEqual(same([0, 0, 0, 0, 0]));
  });

  it.each<[object, string, string]>([
    [{ game: 'chess' }, '/game', ''],
    [{ k: -1 }, '/k', ''],
    [{ steps: 0 }, '/steps', ''],
    [{ observation: 'others' }, '/observation', ''],
    [{ game: 'custom' }, '/payoffs', 'is empty'],
    [{ game: 'custom', payoffs: [[]] }, '/payoffs/0', 'not empty'],
    [{ game: 'custom', payoffs: [3] }, '/payoffs/0', 'is 3'],
    [
      {
        game: 'custom',
        payoffs: [
          [
            [1, 2],
            [3, 'x'],
          ],
        ],
      },
      '/payoffs/0/1/1',
      '"x" in the cell of the actions (1, 1)',
    ],
    [{ game: 'custom', payoffs: [[[1, 2], [3]]] }, '/payoffs/0/1', 'has 1 entries, but agent 1 has 2 actions'],
    [{ game: 'custom', payoffs: [[[1, 2], 3]] }, '/payoffs/0/1', 'is 3, but agent 1 has 2 actions'],
    [{ game: 'custom', payoffs: [[[1, [2]]]] }, '/payoffs/0/0/1', 'is [2] in the cell'],
    [{ game: 'custom', actions: [2, 2], payoffs: [[1, 2, 3]] }, '/payoffs/0', 'the actions make 4 cells'],
    [
      { game: 'custom', actions: [2, 3], payoffs: [[1, 2, 3, 4, null, 6]] },
      '/payoffs/0/4',
      'is null in the cell of the actions (1, 1)',
    ],
    [{ game: 'custom', payoffs: [[1, 1e39]] }, '/payoffs/0/1', 'finite float32'],
    [{ game: 'custom', payoffs: [[1, Number.NaN]] }, '/payoffs/0/1', 'is NaN'],
    [
      { game: 'custom', payoffs: [[[1, 2]], [[1, 2]], [[1, 2]]] },
      '/payoffs',
      'has 3 tables, but /payoffs/0 makes a game of 2 agents',
    ],
    [{ game: 'custom', actions: new Array(65).fill(1), payoffs: [[1]] }, '/actions', '65 agents'],
    [{ game: 'custom', actions: new Array(21).fill(2), payoffs: [[1]] }, '/actions', '2097152 cells'],
    [{ payoffs: [[1, 2]] }, '/payoffs', 'but the game is "climbing"'],
    [{ game: 'penalty', actions: [2, 2] }, '/actions', 'but the game is "penalty"'],
  ])('refuses the options %j', (options, pointer, message) => {
    const named = expect.objectContaining({ pointer, message: expect.stringContaining(message) });
    expect(() => make(ID, options)).toThrow(
      expect.objectContaining({
        code: 'ENV_OPTIONS_INVALID',
        data: expect.objectContaining({ faults: expect.arrayContaining([named]) }),
      }),
    );
  });

  it('reports all faults of a table at once', () => {
    const options = {
      game: 'custom',
      payoffs: [
        [
          ['a', 2],
          [3, 'b'],
        ],
      ],
    };
    expect(() => make(ID, options)).toThrow(/\/payoffs\/0\/0\/0 is "a".*\/payoffs\/0\/1\/1 is "b"/);
  });
});
