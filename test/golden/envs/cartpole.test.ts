import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import golden from '../classic-control.json' with { type: 'json' };

describe('cartpole-v1', () => {
  const random = new RandomStream(1, 'test');
  const FIELDS = ['position', 'velocity', 'angle', 'angularVelocity'] as const;

  it.each(golden.cartpole.map((episode, k) => ({ episode, k })))(
    'gives each reference step of episode $k',
    ({ episode }) => {
      const environment = createEnvironment(findEnvironment(environmentCatalog, 'cartpole-v1'));
      const batch = createBatch(environment, episode.length);
      episode.forEach(({ state, action }, b) => {
        FIELDS.forEach((field, j) => (batch.state[field][b] = state[j]));
        batch.action[0][b] = action;
      });
      environment.step(batch, random);
      episode.forEach(({ next, reward, terminated }, b) => {
        FIELDS.forEach((field, j) => expect(Math.abs(batch.state[field][b] - next[j])).toBeLessThanOrEqual(1e-12));
        next.forEach((value, j) => expect(batch.observation[0][b * 4 + j]).toBeCloseTo(value, 6));
        expect(batch.reward[0][b]).toBe(reward);
        expect(batch.terminated[b]).toBe(terminated ? 1 : 0);
        expect(batch.truncated[b]).toBe(0);
      });
    },
  );
});
