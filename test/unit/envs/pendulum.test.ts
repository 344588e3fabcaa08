import { describe, expect, it } from 'vitest';
import { actAtRandom, playEpisodes } from '../../helpers/envs/episodes.js';
import { swingUp } from '../../helpers/envs/pendulum.js';
import { make, player, started } from './rounds.js';

const ID = 'pendulum-v1';

/** One step from a state: what follows, in float64, and the reward. */
function stepFrom(theta: number, speed: number, action: number) {
  const environment = make(ID);
  const batch = started(environment, 1);
  const { angle, angularVelocity } = batch.state;
  angle[0] = theta;
  angularVelocity[0] = speed;
  batch.action[0][0] = action;
  environment.step(batch, undefined as never);
  return { angle: angle[0], speed: angularVelocity[0], reward: batch.reward[0][0], seen: [...batch.observation[0]] };
}

describe('pendulum-v1', () => {
  it.each([
    // θ, θ̇, action; θ̇' = θ̇ + (15 sin θ + 3u)/20, θ' = θ + θ̇'/20, reward −(θ² + θ̇²/10 + u²/1000) of the state before
    ['at rest upright', 0, 0, 0, 0, 0, 0],
    ['hanging, pushed', Math.PI, 0, 1, Math.PI + 0.0075, 0.15, -(Math.PI ** 2 + 0.001)],
    ['on its side, falling on', Math.PI / 2, 1, 0, Math.PI / 2 + 0.0875, 1.75, -((Math.PI / 2) ** 2 + 0.1)],
    ['pushed harder than it can be', 0, 0, 5, 0.015, 0.3, -0.004],
    ['pushed harder the other way', 0, 0, -5, -0.015, -0.3, -0.004],
    ['as fast as it goes', Math.PI / 2, 7.9, 2, Math.PI / 2 + 0.4, 8, -((Math.PI / 2) ** 2 + 6.241 + 0.004)],
    ['as fast the other way', -Math.PI / 2, -7.9, 0, -Math.PI / 2 - 0.4, -8, -((Math.PI / 2) ** 2 + 6.241)],
  ])('%s, moves as the equations say', (_, theta, speed, action, nextTheta, nextSpeed, reward) => {
    const next = stepFrom(theta, speed, action);
    expect(next.angle).toBeCloseTo(nextTheta, 12);
    expect(next.speed).toBeCloseTo(nextSpeed, 12);
    expect(next.reward).toBeCloseTo(reward, 5);
    expect(next.seen[0]).toBeCloseTo(Math.cos(nextTheta), 6);
    expect(next.seen[1]).toBeCloseTo(Math.sin(nextTheta), 6);
    expect(next.seen[2]).toBeCloseTo(nextSpeed, 6);
  });

  it.each([1, 2, -1, -3])('pays the angle from upright, %d turns on', (turns) => {
    for (const tilt of [0.5, -0.5, 3, -3]) {
      expect(stepFrom(tilt + 2 * Math.PI * turns, 0, 0).reward).toBeCloseTo(-(tilt * tilt), 5);
    }
  });

  it('starts at any angle, slowly', () => {
    const { angle, angularVelocity } = started(make(ID), 10_000).state;
    for (const [values, most] of [
      [angle, Math.PI],
      [angularVelocity, 1],
    ] as const) {
      const sorted = Float64Array.from(values).sort();
      expect(sorted[0]).toBeGreaterThanOrEqual(-most);
      expect(sorted[9999]).toBeLessThan(most);
      for (const share of [0.25, 0.5, 0.75]) expect(sorted[10_000 * share] / most).toBeCloseTo(2 * share - 1, 1);
    }
  });

  it('is cut off after `steps` steps, and tells the share of them near upright', () => {
    const environment = make(ID, { steps: 4 });
    const { batch, play, metrics } = player(environment, ID);
    batch.state.angle[0] = 0;
    batch.state.angularVelocity[0] = 0;
    play([0]);
    play([0]);
    batch.state.angle[0] = Math.PI;
    expect(play([0]).ended).toBe('');
    batch.state.angle[0] = (16 / 180) * Math.PI;
    batch.state.angularVelocity[0] = 0;
    expect(play([0]).ended).toBe('truncated');
    expect(metrics).toEqual([[[0.5]]]);
  });

  it('shows the torque at rest at every angle, as it is seen', () => {
    const [profile] = make(ID).profiles!;
    expect(profile).toMatchObject({ agent: 'motor', element: 0, quantity: 'torque' });
    profile.observations.forEach(([cos, sin, speed], k) => {
      expect([cos, sin, speed].map((value) => value + 0)).toEqual([
        expect.closeTo(Math.cos(profile.points[k]), 12),
        expect.closeTo(Math.sin(profile.points[k]), 12),
        0,
      ]);
    });
    expect([profile.points[0], profile.points[20], profile.points[40]]).toEqual([-Math.PI, 0, Math.PI]);
  });

  it('pays −1225 at random and −150 to who swings up by energy', () => {
    const random = playEpisodes(make(ID), actAtRandom, 1000);
    expect(Math.abs(random.returns[0].mean + 1225)).toBeLessThan(4 * random.returns[0].standardError);
    const swung = playEpisodes(make(ID), swingUp, 500);
    expect(Math.abs(swung.returns[0].mean + 150)).toBeLessThan(4 * swung.returns[0].standardError);
    expect(swung.metrics[0].uprightShare).toBeGreaterThan(0.8);
  });

  it.each([{ steps: 0 }, { gravity: 9.81 }])('refuses the options %j', (options) => {
    expect(() => make(ID, options)).toThrow(expect.objectContaining({ code: 'ENV_OPTIONS_INVALID' }));
  });
});
