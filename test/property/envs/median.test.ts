import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';

const random = new RandomStream(1, 'test');
const definition = findEnvironment(environmentCatalog, 'median-v1');

/** Few different numbers, so that ties are common, or any. */
const action = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.float({ min: -1000, max: 1000, noNaN: true }));
const game = fc
  .tuple(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 4 }))
  .chain(([n, instances]) =>
    fc.array(fc.array(action, { minLength: n, maxLength: n }), { minLength: instances, maxLength: instances }),
  );

describe('a step of median-v1', () => {
  it('is the naive one in float64', () => {
    fc.assert(
      fc.property(game, (drawn) => {
        const actions = drawn.map((row) => row.map(Math.fround));
        const n = actions[0].length;
        const environment = createEnvironment(definition, { agents: n, steps: 1 });
        const batch = createBatch(environment, actions.length);
        actions.forEach((row, b) => row.forEach((value, i) => (batch.action[i][b] = value)));
        environment.step(batch, random);
        actions.forEach((row, b) => {
          const median = [...row].sort((x, y) => x - y)[Math.floor((n - 1) / 2)];
          row.forEach((value, i) => {
            const reward = batch.reward[i][b];
            const others = row.filter((_, j) => j !== i).reduce((sum, other) => sum + other, 0) / (n - 1);
            expect(reward).toBeLessThanOrEqual(0);
            expect(reward).toBeCloseTo(Math.fround(-((value - median) ** 2)), 12);
            expect(Math.abs(batch.observation[i][b] - others)).toBeLessThanOrEqual(1e-4);
            const won = value === median ? 1 : 0;
            expect([...batch.episodeMetric[i].subarray(b * 2, b * 2 + 2)]).toEqual([won, won]);
          });
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is the same by the general path as by the one for three agents', () => {
    const adjacency = [
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 0],
    ];
    const rows = fc.array(fc.tuple(action, action, action), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, (actions) => {
        const [quick, general] = [{}, { adjacency }].map((options) => {
          const environment = createEnvironment(definition, { ...options, steps: 1 });
          const batch = createBatch(environment, actions.length);
          actions.forEach((row, b) => row.forEach((value, i) => (batch.action[i][b] = value)));
          environment.step(batch, random);
          return batch;
        });
        const values = ({ observation, reward, episodeMetric }: typeof quick) =>
          [...observation, ...reward, ...episodeMetric].map((array) => Array.from(array, (value) => value + 0));
        expect(values(quick)).toEqual(values(general));
      }),
    );
  });

  it('finds the lower median of many numbers', () => {
    const many = fc.array(action, { minLength: 25, maxLength: 400 });
    fc.assert(
      fc.property(many, (drawn) => {
        const values = drawn.map(Math.fround);
        const environment = createEnvironment(definition, { agents: values.length });
        const batch = createBatch(environment, 1);
        values.forEach((value, i) => (batch.action[i][0] = value));
        environment.step(batch, random);
        const median = [...values].sort((x, y) => x - y)[(values.length - 1) >> 1];
        values.forEach((value, i) => expect(batch.reward[i][0] === 0).toBe(Math.fround((value - median) ** 2) === 0));
        expect([...batch.state.stepWins]).toEqual(values.map((value) => (value === median ? 1 : 0)));
      }),
      { numRuns: 100 },
    );
  });
});
