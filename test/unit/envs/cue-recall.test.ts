import { describe, expect, it } from 'vitest';
import type { EnvironmentBatch } from '../../../src/envs/index.js';
import { type Act, actAtRandom, playEpisodes } from '../../helpers/envs/episodes.js';
import { make, player } from './rounds.js';

const ID = 'cue-recall-v1';

/** The symbol that agent i is shown in instance b, −1 for none, and the phase, −1 when it is over. */
function seenBy(batch: EnvironmentBatch, b: number, i: number, cues: number): { symbol: number; phase: number } {
  const seen = [...batch.observation[i].subarray(b * (cues + 3), (b + 1) * (cues + 3))];
  return { symbol: seen.slice(0, cues).indexOf(1), phase: seen.slice(cues).indexOf(1) };
}

/** Keeps what it saw in the first step. */
function remembering(cues: number): Act {
  const memory: number[][] = [];
  return (batch) => {
    batch.agents.forEach((_, i) => {
      memory[i] ??= [];
      for (let b = 0; b < batch.instances; b++) {
        const { symbol, phase } = seenBy(batch, b, i, cues);
        if (phase === 0) memory[i][b] = symbol;
        batch.action[i][b] = phase === 2 ? memory[i][b] : 0;
      }
    });
  };
}

describe('cue-recall-v1', () => {
  it('shows a cue, then other symbols, then asks, and pays for the cue', () => {
    const { play, batch } = player(make(ID, { cues: 3, delay: 2 }), ID);
    const rewards: number[] = [];
    for (let episode = 0; episode < 20; episode++) {
      const cue = seenBy(batch, 0, 0, 3);
      expect(cue).toEqual({ symbol: batch.state.cue[0], phase: 0 });
      for (let t = 0; t < 2; t++) {
        expect([...batch.actionMask[0]]).toEqual([1, 0, 0]);
        expect(play([0])).toMatchObject({ rewards: [0], ended: '' });
        const { symbol, phase } = seenBy(batch, 0, 0, 3);
        expect(phase).toBe(1);
        expect(symbol).toBeGreaterThanOrEqual(0);
      }
      expect(play([0]).observations).toEqual([[0, 0, 0, 0, 0, 1]]);
      expect([...batch.actionMask[0]]).toEqual([1, 1, 1]);
      const answer = episode % 3;
      const { rewards: paid, ended } = play([answer]);
      expect({ paid, ended }).toEqual({ paid: [answer === cue.symbol ? 1 : 0], ended: 'terminated' });
      rewards.push(...paid);
    }
    expect(rewards).toContain(1);
    expect(rewards).toContain(0);
  });

  it('asks at once where there is no delay', () => {
    const { play, batch } = player(make(ID, { delay: 0 }), ID);
    const cue = batch.state.cue[0];
    expect(play([0]).observations).toEqual([[0, 0, 0, 0, 0, 0, 1]]);
    expect(play([cue])).toMatchObject({ rewards: [1], ended: 'terminated' });
  });

  it('gives each agent a cue of its own, all of which the global state holds', () => {
    const { batch } = player(make(ID, { cues: 2, delay: 1, agents: 8 }), ID);
    const cues = Array.from({ length: 8 }, (_, i) => seenBy(batch, 0, i, 2).symbol);
    expect(new Set(cues).size).toBe(2);
    expect([...batch.globalState]).toEqual([...cues.flatMap((cue) => (cue === 0 ? [1, 0] : [0, 1])), 0]);
  });

  it('draws what comes between apart from the cue, all symbols alike', () => {
    const counts = new Float64Array(9);
    const act: Act = (batch) => {
      for (let b = 0; b < batch.instances; b++) {
        const { symbol, phase } = seenBy(batch, b, 0, 3);
        if (phase === 1) counts[batch.state.cue[b] * 3 + symbol]++;
        batch.action[0][b] = 0;
      }
    };
    playEpisodes(make(ID, { cues: 3, delay: 5 }), act, 9000);
    // 45,000 symbols over 9 pairs of cue and symbol: 5000 each, standard deviation 67 and 122 for the cues.
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(500);
  });

  it.each([
    { cues: 4, delay: 8 },
    { cues: 2, delay: 3 },
  ])('pays who remembers 1 and everybody else 1 in so many, with %j', (options) => {
    const environment = make(ID, { ...options, agents: 2 });
    expect(playEpisodes(environment, remembering(options.cues), 500).returns.map(({ mean }) => mean)).toEqual([1, 1]);
    const constant: Act = (batch) => batch.action.forEach((action) => action.fill(0));
    for (const act of [actAtRandom, constant]) {
      const { returns, length } = playEpisodes(environment, act, 20_000);
      for (const { mean } of returns) expect(mean).toBeCloseTo(1 / options.cues, 1);
      expect(length.mean).toBe(options.delay + 2);
    }
  });
});
