import { describe, expect, it } from 'vitest';
import { actAtRandom, playEpisodes } from '../../helpers/envs/episodes.js';
import { after, type Board, EMPTY, movesOf, resultOf, ticTacToePlayers } from '../../helpers/envs/tic-tac-toe.js';
import { make, player, started } from './rounds.js';

const ID = 'tic-tac-toe-v1';
const WAIT = 9;

/** Plays cells in turn, agent-0 first; gives back each step's result. */
function playCells(cells: readonly number[]) {
  const game = player(make(ID), ID);
  return { ...game, steps: cells.map((cell, t) => game.play(t % 2 === 0 ? [cell, WAIT] : [WAIT, cell])) };
}

describe('tic-tac-toe-v1', () => {
  it.each([
    ['the first row', [0, 3, 1, 4, 2], 1],
    ['the second row', [3, 0, 4, 1, 5], 1],
    ['the third row', [6, 0, 7, 1, 8], 1],
    ['the first column', [0, 1, 3, 2, 6], 1],
    ['the second column', [1, 0, 4, 2, 7], 1],
    ['the third column', [2, 0, 5, 1, 8], 1],
    ['a diagonal', [0, 1, 4, 2, 8], 1],
    ['the other diagonal', [2, 0, 4, 1, 6], 1],
    ['a line of the second agent', [0, 2, 1, 4, 8, 6], -1],
    ['a line completed in its middle', [0, 3, 2, 4, 1], 1],
    ['nobody', [0, 1, 2, 4, 3, 5, 7, 6, 8], 0],
    ['the last stone', [0, 1, 4, 2, 5, 3, 7, 6, 8], 1],
  ])('is won by %s', (_, cells, outcome) => {
    const { steps, metrics } = playCells(cells);
    const last = steps.pop()!;
    for (const step of steps) expect(step).toMatchObject({ rewards: [0, 0], ended: '' });
    expect(last.ended).toBe('terminated');
    expect(last.rewards.map((reward) => reward + 0)).toEqual([outcome, 0 - outcome]);
    const shares = (own: number) => [own === 1 ? 1 : 0, own === -1 ? 1 : 0, own === 0 ? 1 : 0, cells.length];
    expect(metrics).toEqual([[shares(outcome), shares(-outcome)]]);
  });

  it('shows each agent its own stones first and whose turn it is, and masks what is taken', () => {
    const { batch, play } = player(make(ID), ID);
    const views = () => batch.observation.map((seen) => [...seen].join(''));
    const masks = () => batch.actionMask.map((mask) => [...mask].join(''));
    expect(views()).toEqual(['0000000000000000001', '0000000000000000000']);
    expect(masks()).toEqual(['1111111110', '0000000001']);
    play([4, WAIT]);
    expect(views()).toEqual(['0000100000000000000', '0000000000000100001']);
    expect(masks()).toEqual(['0000000001', '1111011110']);
    play([WAIT, 8]);
    expect(views()).toEqual(['0000100000000000011', '0000000010000100000']);
    expect(masks()).toEqual(['1111011100', '0000000001']);
    expect([...batch.globalState].join('')).toBe(views()[0]);
  });

  it('leaves nobody a choice at the end, and shows the last stone', () => {
    const environment = make(ID);
    const batch = started(environment, 1);
    [0, 3, 1, 4, 2].forEach((cell, t) => {
      batch.action[t % 2][0] = cell;
      environment.step(batch, undefined as never);
    });
    expect(batch.observation.map((seen) => [...seen].join(''))).toEqual(['1110000000001100000', '0001100001110000000']);
    expect(batch.actionMask.map((mask) => [...mask].join(''))).toEqual(['0000000001', '0000000001']);
  });

  it.each([[[0, 1, 0]], [[WAIT]], [[4, 4]]])('refuses moves that the mask forbids: %j', (cells) => {
    expect(() => playCells(cells)).toThrow(
      expect.objectContaining({ code: 'ENV_STEP_FAILED', message: expect.stringContaining('choose an empty cell') }),
    );
  });

  it('lets either begin, evenly, with `starts` random', () => {
    const { mover } = started(make(ID, { starts: 'random' }), 20_000).state;
    expect([...mover].reduce((sum, agent) => sum + agent, 0) / 20_000).toBeCloseTo(0.5, 1.5);
    expect(started(make(ID), 100).state.mover.every((agent) => agent === 0)).toBe(true);
    const played = playEpisodes(make(ID, { starts: 'random' }), actAtRandom, 10_000).metrics;
    expect(played[0].won).toBeCloseTo(0.436, 1.5);
    expect(played[1].won).toBeCloseTo(0.436, 1.5);
  });

  it('at random is won by the first in 58.5 %, by the second in 28.8 %, and drawn in 12.7 %', () => {
    // Exactly: all games, each move as probable as the others.
    const outcomes = [0, 0, 0];
    const walk = (board: Board, mover: number, probability: number): void => {
      const result = resultOf(board);
      if (result !== undefined) {
        outcomes[result] += probability;
        return;
      }
      const moves = movesOf(board);
      for (const cell of moves) walk(after(board, cell, mover), 1 - mover, probability / moves.length);
    };
    walk(EMPTY, 0, 1);
    expect(outcomes).toEqual([
      expect.closeTo(737 / 1260, 12),
      expect.closeTo(121 / 420, 12),
      expect.closeTo(8 / 63, 12),
    ]);

    const episodes = 20_000;
    const [{ won, lost, drawn }] = playEpisodes(make(ID), actAtRandom, episodes).metrics;
    [won, lost, drawn].forEach((share, k) => {
      const error = Math.sqrt((outcomes[k] * (1 - outcomes[k])) / episodes);
      expect(Math.abs(share - outcomes[k])).toBeLessThan(4 * error);
    });
  });

  it('is drawn by perfect players, who never lose', () => {
    const play = (perfect: number[]) => playEpisodes(make(ID), ticTacToePlayers(perfect), 1000).metrics[0];
    expect(play([0, 1]).drawn).toBe(1);
    expect(play([0])).toMatchObject({ lost: 0, won: expect.closeTo(0.968, 1.5) });
    expect(play([1])).toMatchObject({ won: 0, lost: expect.closeTo(0.78, 1.5) });
  });

  it('refuses other options', () => {
    expect(() => make(ID, { starts: 'agent-1' })).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
  });
});
