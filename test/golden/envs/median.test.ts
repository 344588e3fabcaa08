import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import golden from '../median-game.json' with { type: 'json' };
import update from '../notebook-update.json' with { type: 'json' };

const random = new RandomStream(1, 'test');

/** Observations and rewards [S][n] of one step on actions [S][n]. */
function stepOn(actions: readonly (readonly number[])[], options: Record<string, unknown>) {
  const environment = createEnvironment(findEnvironment(environmentCatalog, 'median-v1'), {
    agents: actions[0].length,
    ...options,
  });
  const batch = createBatch(environment, actions.length);
  actions.forEach((row, s) => row.forEach((action, i) => (batch.action[i][s] = action)));
  environment.step(batch, random);
  const rows = (arrays: readonly Float32Array[]) => actions.map((_, s) => arrays.map((array) => array[s]));
  return { observation: rows(batch.observation), reward: rows(batch.reward) };
}

function expectClose(actual: number[][], expected: number[][], tolerance: (s: number, i: number) => number): void {
  expected.forEach((row, s) =>
    row.forEach((value, i) => {
      expect(Math.abs(actual[s][i] - value), `row ${s}, agent ${i}: ${actual[s][i]}, not ${value}`).toBeLessThanOrEqual(
        tolerance(s, i),
      );
    }),
  );
}
const PRINTED_DIGITS = 5e-5;

describe('median-v1 gives the tables that the notebook prints', () => {
  it('of its example', () => {
    const { actions, obs, reward } = golden.notebook.example;
    const step = stepOn(actions, { observation: 'notebook' });
    expectClose(step.observation, obs, () => PRINTED_DIGITS);
    expectClose(step.reward, reward, () => 0);
  });

  it('of its rollout', () => {
    const { actions, obs, reward } = golden.notebook.table;
    const step = stepOn(actions, { observation: 'notebook' });
    // The printed actions are rounded to 1e-4 themselves.
    expectClose(step.observation, obs, () => 2e-4);
    expectClose(step.reward, reward, (s, i) => {
      const median = [...actions[s]].sort((a, b) => a - b)[1];
      return 2 * Math.abs(actions[s][i] - median) * 1e-4 + 1e-4;
    });
  });
});

describe.each(golden.batches)('median-v1 with $n_agents agents gives the reference step', (batch) => {
  const tolerance = (s: number, i: number) => 1e-5 * Math.max(1, Math.abs(batch.reward[s][i]));

  it.each([
    ['its default', 'others-mean', {}, batch.observation_corrected],
    ['a given matrix', 'others-mean', { adjacency: batch.adjacency }, batch.observation_corrected],
    ['its default', 'notebook', {}, batch.observation_notebook],
    ['a given matrix', 'notebook', { adjacency: batch.adjacency }, batch.observation_notebook],
  ])('with %s for adjacency, observing %s', (_, observation, options, expected) => {
    const step = stepOn(batch.actions, { observation, ...options });
    expectClose(step.observation, expected, tolerance);
    expectClose(step.reward, batch.reward, tolerance);
  });
});

it('median-v1 follows the notebook’s rollout, as it should have been and as it was written', () => {
  const play = (observations: number[][][], rewards: number[][][], options: Record<string, unknown>, shift: number) => {
    observations.slice(0, -1).forEach((current, t) => {
      // As written, the policy acts at step t on what was observed after step t − 1.
      const seen = shift === 0 ? current : t === 0 ? update.initial_obs : observations[t - 1];
      const actions = seen.map((row) => row.map((value, i) => value * update.weight[i] + update.bias[i]));
      const step = stepOn(actions, options);
      expectClose(step.reward, rewards[t], (s, i) => 1e-5 * Math.max(1, Math.abs(rewards[t][s][i])));
      expectClose(step.observation, shift === 0 ? observations[t + 1] : current, () => 1e-5);
    });
  };
  play(update.fixed.observations_used, update.fixed.rewards, {}, 0);
  play(update.as_written.observations_used, update.as_written.rewards, { observation: 'notebook' }, 1);
});
