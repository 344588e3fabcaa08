import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { make, player } from './rounds.js';

const ID = 'two-step-v1';

describe('two-step-v1', () => {
  it.each([
    // first actions, second actions, payoff of the second step
    [[0, 0], [0, 0], 7],
    [[0, 0], [0, 1], 7],
    [[0, 1], [1, 0], 7],
    [[0, 1], [1, 1], 7],
    [[1, 0], [0, 0], 0],
    [[1, 0], [0, 1], 1],
    [[1, 1], [1, 0], 1],
    [[1, 1], [1, 1], 8],
  ])('pays %j, then %j with 0, then %d to both', (first, second, payoff) => {
    const { play, batch, metrics } = player(make(ID), ID);
    expect(batch.observation.map((seen) => [...seen])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
    const chosen = first[0] === 0 ? [0, 1, 0] : [0, 0, 1];
    expect(play(first)).toEqual({ rewards: [0, 0], observations: [chosen, chosen], ended: '' });
    expect([...batch.globalState]).toEqual(chosen);
    expect(play(second)).toMatchObject({ rewards: [payoff, payoff], ended: 'terminated' });
    expect(metrics).toEqual([new Array(2).fill([first[0], payoff === 8 ? 1 : 0])]);
    // The next episode begins at the choice again.
    expect([...batch.globalState]).toEqual([1, 0, 0]);
    expect(play([0, 0])).toMatchObject({ rewards: [0, 0], ended: '' });
  });

  it('is worth 4.75 at random', () => {
    const { play } = player(make(ID), ID);
    const random = new RandomStream(1, 'test');
    let sum = 0;
    for (let t = 0; t < 20_000; t++) sum += play([random.integer(2), random.integer(2)]).rewards[0];
    expect(sum / 10_000).toBeCloseTo(4.75, 1);
  });

  it('takes no options', () => {
    expect(() => make(ID, { steps: 2 })).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
  });
});
