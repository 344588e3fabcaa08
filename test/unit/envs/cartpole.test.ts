import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';

const create = (options = {}) => createEnvironment(findEnvironment(environmentCatalog, 'cartpole-v1'), options);

describe('cartpole-v1', () => {
  it('starts near the middle, upright and slow', () => {
    const environment = create();
    const batch = createBatch(environment, 1000);
    environment.reset(
      batch,
      Int32Array.from({ length: 1000 }, (_, b) => b),
      1000,
      new RandomStream(3, 'test'),
    );
    const { observation } = batch;
    expect(Math.max(...observation[0])).toBeGreaterThan(0.049);
    expect(Math.min(...observation[0])).toBeLessThan(-0.049);
    expect(observation[0].every((value) => Math.abs(value) <= 0.05)).toBe(true);
  });

  it('cuts an episode off after `steps` steps, unless the pole falls in the last', () => {
    const environment = create({ steps: 2 });
    const batch = createBatch(environment, 2);
    const random = new RandomStream(1, 'test');
    environment.reset(batch, Int32Array.of(0, 1), 2, random);
    environment.step(batch, random);
    expect([...batch.truncated]).toEqual([0, 0]);
    batch.state.position[1] = 2.4;
    batch.state.velocity[1] = 1;
    environment.step(batch, random);
    expect([[...batch.truncated], [...batch.terminated]]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it.each([
    ['position', 2.4, 0],
    ['position', -2.4, 0],
    ['angle', 0.2094395102393195, 0],
    ['angle', -0.2094395102393195, 0],
    ['position', 2.4000001, 1],
    ['position', -2.4000001, 1],
    ['angle', 0.2094396, 1],
    ['angle', -0.2094396, 1],
  ] as const)('with %s at %d has terminated = %d', (field, value, terminated) => {
    const environment = create();
    const batch = createBatch(environment, 1);
    batch.state[field][0] = value;
    environment.step(batch, new RandomStream(1, 'test'));
    expect(batch.terminated[0]).toBe(terminated);
  });
});
