import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import golden from '../mpe.json' with { type: 'json' };

const SPEAKER_LISTENER = 'simple-speaker-listener-v1';

interface Told {
  readonly step: number;
  readonly position: readonly (readonly number[])[];
  readonly velocity: readonly (readonly number[])[];
  readonly observation?: readonly (readonly number[])[];
}

/** The recording has a place for the speaker, which plays no part. */
const moving = (id: string, rows: readonly (readonly number[])[]): number[] =>
  (id === SPEAKER_LISTENER ? rows.slice(1) : rows).flat();

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  expected.forEach((value, j) => {
    const off = Math.abs(actual[j] - value);
    expect(off, `${what}, number ${j}: ${actual[j]}, not ${value}`).toBeLessThanOrEqual(tolerance);
  });
}

describe.each(golden.episodes.map((episode, k) => ({ ...episode, k })))(
  'recorded play $k: $id with $options',
  ({ id, options, position, goal, actions, rewards, told }) => {
    const random = new RandomStream(1, 'test');
    const environment = createEnvironment(findEnvironment(environmentCatalog, id), {
      ...options,
      steps: actions.length,
    });

    it('is followed to the end', () => {
      const batch = createBatch(environment, 1);
      batch.state.position.set(moving(id, position));
      batch.state.goal?.set(goal);
      const moments = new Map((told as readonly Told[]).map((moment) => [moment.step, moment]));
      expect(moments.size).toBeGreaterThan(0);
      actions.forEach((joint, t) => {
        joint.forEach((action, i) => batch.action[i].set(typeof action === 'number' ? [action] : action));
        environment.step(batch, random);
        // Rewards are rounded to float32.
        rewards[t].forEach((reward, i) => {
          expectClose(batch.reward[i], [reward], 1e-7 * Math.max(1, Math.abs(reward)), `reward of ${i} in step ${t}`);
        });
        const moment = moments.get(t + 1);
        if (moment === undefined) return;
        const places = moving(id, moment.position);
        expectClose(batch.state.position.slice(0, places.length), places, 1e-11, `places after step ${t}`);
        expectClose(batch.state.velocity, moving(id, moment.velocity), 1e-11, `velocities after step ${t}`);
        moment.observation?.forEach((seen, i) => {
          expectClose(batch.observation[i], seen, 3e-7, `observation of ${i} after step ${t}`);
        });
        if (moment.observation !== undefined) expectClose(batch.globalState, moment.observation.flat(), 3e-7, 'state');
      });
      expect(batch.truncated[0]).toBe(1);
      expect(batch.terminated[0]).toBe(0);
    });
  },
);
