import { describe, expect, it } from 'vitest';
import { make, meansOfOneRound, started } from './rounds.js';

const ID = 'hierarchical-demo-v1';

describe('hierarchical-demo-v1', () => {
  it.each([
    // x, decision, offer, b: r_offer = b − (o − s·x)², earned s·x with s = 2d − 1, r_decision = earned if > r_offer, else −r_offer
    [0.5, 1, 0.5, 0.25, 0.25, 0.5, 1, 0],
    [0.5, 0, -0.5, 0.25, 0.25, -0.25, 0, 0],
    [-0.5, 0, 0.5, 0.25, 0.25, 0.5, 1, 0],
    [-0.5, 1, -0.5, 0.25, 0.25, -0.25, 0, 0],
    [0.25, 1, 0.25, 0.25, 0.25, -0.25, 0, 0],
    [0.125, 1, 0.125, 0.25, 0.25, -0.25, 0, 0],
    // A bad offer of −0.75 is exceeded by a wrong decision, which then keeps its loss.
    [0.5, 0, 0.5, 0.25, -0.75, -0.5, 1, 1],
    // One of −0.3125 is not, and its reward turned over is a gain.
    [0.75, 0, 0, 0.25, -0.3125, 0.3125, 0, 0.75],
    [0.125, 1, 0.625, 0.25, 0, 0.125, 1, 0.5],
    [-0.25, 0, 0.25, 0, 0, 0.25, 1, 0],
    [-0.25, 1, -0.25, 0, 0, 0, 0, 0],
    [1, 1, 3, 1, -3, 1, 1, 2],
  ])(
    'with x = %d pays decision %d and offer %d, at b = %d, as defined',
    (x, d, offer, b, paid, decided, kept, miss) => {
      const environment = make(ID, { offerReward: b });
      const batch = started(environment, 3);
      batch.state.x.set([0.5, x], 2);
      batch.action[1].set([d, offer], 2);
      environment.step(batch, undefined as never);
      const [decisionReward, offerReward] = batch.reward[1].subarray(2, 4);
      // Adding 0 makes one zero of the two.
      expect([decisionReward + 0, offerReward + 0]).toEqual([decided, paid]);
      const right = d === (x > 0 ? 1 : 0) ? 1 : 0;
      expect([...batch.episodeMetric[1].subarray(3, 6)]).toEqual([kept, right, miss]);
      expect(batch.observation[1][1]).toBe(x);
      expect([...batch.terminated]).toEqual([1, 1, 1]);
    },
  );

  it('has levels that are both decided in every action, each paid by its own head', () => {
    const { agents, rewardHeads, returnHead } = make(ID, { agents: 3 });
    expect(agents.map(({ id }) => id)).toEqual(['agent-0', 'agent-1', 'agent-2']);
    expect(agents[2].actionSpace).toMatchObject({
      levels: [
        { name: 'decision', reward: 'decision' },
        { name: 'offer', reward: 'offer' },
      ],
    });
    expect(agents[0].actionSpace).not.toMatchObject({ levels: [{}, { when: expect.anything() }] });
    expect([rewardHeads, returnHead]).toEqual([['decision', 'offer'], undefined]);
  });

  it('draws an x for each agent evenly between −1 and 1', () => {
    const batch = started(make(ID), 20_000);
    const [first, second] = batch.observation;
    for (const seen of [first, second]) {
      for (const quarter of [0.25, 0.5, 0.75]) {
        expect(seen.filter((x) => x < 2 * quarter - 1).length / 20_000).toBeCloseTo(quarter, 1.5);
      }
      expect(seen.every((x) => x >= -1 && x < 1)).toBe(true);
    }
    const covariance = [...first].reduce((sum, x, b) => sum + x * second[b], 0) / 20_000;
    expect(Math.abs(covariance)).toBeLessThan(0.01);
    expect([...batch.state.x].filter((_, j) => j % 2 === 1)).toEqual([...second]);
  });

  it.each([0, 0.25, 0.5])('is worth (1 − 3b²)/2 and b to who plays the optimum of each level, at b = %d', (b) => {
    const { reward, metric } = meansOfOneRound(make(ID, { offerReward: b }), ({ action, observation }, k) => {
      const x = observation[0][k];
      action[0].set([x > 0 ? 1 : 0, Math.abs(x)], k * 2);
    });
    expect(Math.abs(reward[0] - (1 - 3 * b * b) / 2)).toBeLessThan(0.003);
    expect(reward[1]).toBeCloseTo(b, 5);
    expect(metric[0]).toBeCloseTo(1 - b, 2);
    expect(metric.slice(1)).toEqual([1, 0]);
  });

  it('has no better decision, and no better offer, against the noise of the other level', () => {
    const worth = (decide: (x: number) => number, shift: number) =>
      meansOfOneRound(make(ID), ({ action, observation }, b, random) => {
        const x = observation[0][b];
        const decision = decide(x);
        action[0].set([decision, (2 * decision - 1) * x + shift + 0.4 * random.normal()], b * 2);
      }).reward;
    const right = worth((x) => (x > 0 ? 1 : 0), 0);
    const others = [() => 0, () => 1, (x: number) => (x > 0.3 ? 1 : 0), (x: number) => (x > 0 ? 0 : 1)];
    for (const decide of others) expect(worth(decide, 0)[0]).toBeLessThan(right[0]);
    for (const shift of [-0.2, 0.2]) expect(worth((x) => (x > 0 ? 1 : 0), shift)[1]).toBeLessThan(right[1]);
  });

  it('is worth (1 + 2b − b²)/2 in all to who spoils its offer where that keeps the decision', () => {
    const b = 0.25;
    const { reward } = meansOfOneRound(make(ID), ({ action, observation }, k) => {
      const size = Math.abs(observation[0][k]);
      const spoiled = size > b ? 0 : Math.sqrt(b - size + 1e-4);
      action[0].set([observation[0][k] > 0 ? 1 : 0, size + spoiled], k * 2);
    });
    expect(Math.abs(reward[0] + reward[1] - (1 + 2 * b - b * b) / 2)).toBeLessThan(0.003);
  });

  it('shows the optimum of both levels, and none where either decision loses', () => {
    const [decision, offer] = make(ID).profiles!;
    const at = (x: number) => decision.points.indexOf(x);
    expect([decision.element, offer.element]).toEqual([0, 1]);
    const lines = [decision, offer].map(({ reference }) => reference!.quantity!);
    expect(lines.map((line) => [line[at(-1)], line[at(0)], line[at(1)]])).toEqual([
      [0, null, 1],
      [1, null, 1],
    ]);
    expect(lines[0].filter((point) => point === null).length).toBe(11);
  });

  it.each([{ agents: 0 }, { agents: 1.5 }, { offerReward: -0.1 }, { offerReward: 1.1 }, { reward: 1 }])(
    'refuses the options %j',
    (options) => {
      expect(() => make(ID, options)).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
    },
  );
});
