import { describe, expect, it } from 'vitest';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import golden from '../classic-control.json' with { type: 'json' };

describe('pendulum-v1', () => {
  it.each(golden.pendulum.map((episode, k) => ({ episode, k })))(
    'gives each reference step of episode $k',
    ({ episode }) => {
      const environment = createEnvironment(findEnvironment(environmentCatalog, 'pendulum-v1'));
      const batch = createBatch(environment, episode.length);
      const { angle, angularVelocity } = batch.state;
      // The reference takes actions in float64; as float32 they would be others in the eighth digit.
      batch.action = [Float64Array.from(episode, ({ action }) => action) as unknown as Float32Array];
      episode.forEach(({ state }, b) => {
        [angle[b], angularVelocity[b]] = state;
      });
      environment.step(batch, undefined as never);
      episode.forEach(({ next, observation, reward }, b) => {
        expect(Math.abs(angle[b] - next[0])).toBeLessThanOrEqual(1e-12);
        expect(Math.abs(angularVelocity[b] - next[1])).toBeLessThanOrEqual(1e-12);
        observation.forEach((value, j) => {
          // The reference rounds to float32 as well; in the last bit it may round the other way.
          expect(Math.abs(batch.observation[0][b * 3 + j] - value)).toBeLessThanOrEqual(2 ** -23 * Math.abs(value));
        });
        expect(batch.reward[0][b]).toBeCloseTo(reward, 5);
        expect([batch.terminated[b], batch.truncated[b]]).toEqual([0, 0]);
      });
    },
  );
});
