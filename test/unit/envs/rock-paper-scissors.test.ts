import { describe, expect, it } from 'vitest';
import { exploitability } from '../../../src/envs/matrix/exploitability.js';
import {
  rockPaperScissorsEquilibrium,
  rockPaperScissorsPayoffs,
} from '../../../src/envs/rock-paper-scissors/payoffs.js';
import { make, player } from './rounds.js';

const ID = 'rock-paper-scissors-v1';
const [ROCK, PAPER, SCISSORS] = [0, 1, 2];

describe('rock-paper-scissors-v1', () => {
  it.each([
    [ROCK, ROCK, 0, 0],
    [ROCK, PAPER, -1, 1],
    [ROCK, SCISSORS, 1, -1],
    [PAPER, ROCK, 1, -1],
    [PAPER, PAPER, 0, 0],
    [PAPER, SCISSORS, -1, 1],
    [SCISSORS, ROCK, -1, 1],
    [SCISSORS, PAPER, 1, -1],
    [SCISSORS, SCISSORS, 0, 0],
  ])('pays %d against %d: %d and %d', (first, second, paid, otherPaid) => {
    const { play } = player(make(ID), ID);
    expect(play([first, second]).rewards).toEqual([paid, otherPaid]);
  });

  it('pays each win its own, and takes its multiple from the loser', () => {
    const { play } = player(make(ID, { wins: [1, 2, 4], lossScale: 0.5 }), ID);
    expect(play([ROCK, SCISSORS]).rewards).toEqual([1, -0.5]);
    expect(play([ROCK, PAPER]).rewards).toEqual([-1, 2]);
    expect(play([SCISSORS, PAPER]).rewards).toEqual([4, -2]);
    const free = player(make(ID, { lossScale: 0 }), ID);
    expect(free.play([PAPER, ROCK]).rewards).toEqual([1, 0]);
  });

  it('tells shares, and what each action would have been paid against what the other played', () => {
    const { play, metrics } = player(make(ID, { steps: 4, wins: [1, 2, 4] }), ID);
    for (const actions of [
      [ROCK, SCISSORS],
      [ROCK, PAPER],
      [PAPER, PAPER],
    ])
      expect(play(actions).ended).toBe('');
    expect(play([SCISSORS, ROCK]).ended).toBe('truncated');
    // agent-0 met scissors, paper, paper, rock; agent-1 rock, rock, paper, scissors.
    expect(metrics).toEqual([
      [
        [(1 - 2 - 1) / 4, 0.5, 0.25, 0.25, (1 - 2 - 2) / 4, (-4 + 2) / 4, (4 + 4 - 1) / 4],
        [(-1 + 2 + 1) / 4, 0.25, 0.5, 0.25, (-2 + 1) / 4, (2 + 2 - 4) / 4, (-1 - 1 + 4) / 4],
      ],
    ]);
    // The next episode counts from nothing.
    for (let t = 0; t < 4; t++) play([ROCK, ROCK]);
    expect(metrics[1][0].slice(1, 4)).toEqual([1, 0, 0]);
    expect(make(ID).episodeMetrics).toEqual([
      'payoff',
      'rockShare',
      'paperShare',
      'scissorsShare',
      'rockWorth',
      'paperWorth',
      'scissorsWorth',
    ]);
  });

  it('tells metrics from which the exploitability of average play follows', () => {
    const wins = [1, 2, 4];
    const { play, metrics } = player(make(ID, { steps: 6, wins }), ID);
    const rounds = [
      [ROCK, SCISSORS],
      [ROCK, PAPER],
      [PAPER, PAPER],
      [SCISSORS, ROCK],
      [SCISSORS, SCISSORS],
      [SCISSORS, PAPER],
    ];
    for (const actions of rounds) play(actions);
    const [first, second] = metrics[0];
    const best = Math.max(...first.slice(4)) + Math.max(...second.slice(4));
    const { nashConv } = exploitability(rockPaperScissorsPayoffs({ wins, lossScale: 1 }), [
      first.slice(1, 4),
      second.slice(1, 4),
    ]);
    expect(best).toBeCloseTo(nashConv, 6);
  });

  it('shows nothing but a constant, or the last actions, one’s own first', () => {
    expect(player(make(ID), ID).play([1, 2]).observations).toEqual([[1], [1]]);
    const { play, batch } = player(make(ID, { observation: 'last-actions', steps: 2 }), ID);
    expect(batch.observation.map((seen) => [...seen])).toEqual(new Array(2).fill([0, 0, 0, 0, 0, 0]));
    expect(play([PAPER, SCISSORS]).observations).toEqual([
      [0, 1, 0, 0, 0, 1],
      [0, 0, 1, 0, 1, 0],
    ]);
    expect([...batch.globalState]).toEqual([0, 1, 0, 0, 0, 1]);
    expect(play([ROCK, ROCK]).observations).toEqual(new Array(2).fill([0, 0, 0, 0, 0, 0]));
    expect([...batch.globalState]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([
    { wins: [1, 1, 1], lossScale: 1 },
    { wins: [1, 2, 4], lossScale: 1 },
    { wins: [1, 2, 4], lossScale: 0 },
    { wins: [3, 1, 0.5], lossScale: 0.25 },
    { wins: [1, 5, 2], lossScale: 3 },
  ])('has its equilibrium where nobody gains: %j', (stakes) => {
    const shares = rockPaperScissorsEquilibrium(stakes);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(exploitability(rockPaperScissorsPayoffs(stakes), [shares, shares]).nashConv).toBeLessThan(1e-12);
  });

  it('has it at what the beaten action would win, where it is zero-sum', () => {
    const shares = rockPaperScissorsEquilibrium({ wins: [1, 2, 4], lossScale: 1 });
    expect(shares.map((share) => share * 7)).toEqual([
      expect.closeTo(4, 12),
      expect.closeTo(1, 12),
      expect.closeTo(2, 12),
    ]);
  });

  it.each([{ wins: [1, 1] }, { wins: [0, 1, 1] }, { lossScale: -1 }, { steps: 0 }, { observation: 'all' }, { tie: 1 }])(
    'refuses the options %j',
    (options) => {
      expect(() => make(ID, options)).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
    },
  );
});
