import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createStepper } from '../../../src/envs/index.js';
import { countingEnvironment } from './counting-environment.js';

const random = new RandomStream(1, 'test');

describe('createStepper', () => {
  it('resets what ended, after handing over the final observations', () => {
    const environment = countingEnvironment();
    const batch = createBatch(environment, 3);
    const handed: unknown[] = [];
    const stepper = createStepper(environment, batch, {
      environmentId: 'counting-v1',
      onEnded: (ended, count) => {
        handed.push({
          ended: [...ended.subarray(0, count)],
          observation: [...batch.observation[1]],
          metric: [...batch.episodeMetric[0]],
        });
      },
    });
    stepper.resetAll(random);
    expect([...batch.observation[1]]).toEqual([-1, -1, -1]);
    stepper.step(random);
    expect(stepper.endedCount).toBe(0);
    expect(handed).toEqual([]);
    batch.action[1][2] = 2;
    stepper.step(random);
    expect(handed).toEqual([{ ended: [0, 2], observation: [2, 2, 2], metric: [2, 2, 2] }]);
    expect([...stepper.ended.subarray(0, stepper.endedCount)]).toEqual([0, 2]);
    expect([...batch.observation[1]]).toEqual([-1, 2, -1]);
    expect([[...batch.terminated], [...batch.truncated]]).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    batch.action[1][2] = 0;
    stepper.step(random);
    expect([[...batch.terminated], [...batch.truncated]]).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect([...batch.state.count]).toEqual([1, 0, 1]);
  });

  it('follows the batch to other arrays', () => {
    const environment = countingEnvironment();
    const batch = createBatch(environment, 1);
    const stepper = createStepper(environment, batch, { environmentId: 'counting-v1' });
    stepper.resetAll(random);
    const first = batch.observation[1];
    batch.observation = [new Float32Array(2), new Float32Array(1)];
    batch.terminated = new Uint8Array([1]);
    stepper.step(random);
    expect([first[0], batch.observation[1][0], batch.terminated[0]]).toEqual([-1, 1, 0]);
  });

  it.each(['reset', 'step'] as const)('says which environment failed in %s, and why', (phase) => {
    const cause = new TypeError('no such piece');
    const environment = countingEnvironment({
      [phase]: () => {
        throw cause;
      },
    });
    const stepper = createStepper(environment, createBatch(environment, 1), { environmentId: 'chess-v1' });
    const act = () => (phase === 'reset' ? stepper.resetAll(random) : stepper.step(random));
    expect(act).toThrow(
      expect.objectContaining({
        code: 'ENV_STEP_FAILED',
        message: `environment "chess-v1": ${phase} failed: no such piece`,
        data: { environment: 'chess-v1', phase },
        cause,
      }),
    );
  });
});

describe('assertFinite', () => {
  const setUp = () => {
    const environment = countingEnvironment();
    const batch = createBatch(environment, 3);
    const stepper = createStepper(environment, batch, { environmentId: 'counting-v1' });
    stepper.resetAll(random);
    stepper.step(random);
    return { batch, stepper };
  };

  it('lets finite outputs pass', () => {
    expect(() => setUp().stepper.assertFinite()).not.toThrow();
  });

  it.each([
    ['observation', Number.NaN, { agent: 'even', instance: 2, element: 1, value: 'NaN' }],
    ['reward', -Infinity, { agent: 'even', instance: 2, element: 1, value: '-Infinity' }],
  ] as const)('names the place of a wrong %s', (what, value, data) => {
    const { batch, stepper } = setUp();
    batch[what][0][5] = value;
    expect(() => stepper.assertFinite()).toThrow(
      expect.objectContaining({
        code: 'ENV_OUTPUT_INVALID',
        data: expect.objectContaining({ what, step: 0, ...data }),
      }),
    );
  });

  it('names the place in the global state', () => {
    const { batch, stepper } = setUp();
    batch.globalState[1] = Infinity;
    expect(() => stepper.assertFinite()).toThrow(/globalState, instance 1, element 0 is Infinity/);
  });

  it('refuses a mask without a legal choice', () => {
    const { batch, stepper } = setUp();
    batch.actionMask[1].fill(0, 3, 6);
    expect(() => stepper.assertFinite()).toThrow(
      expect.objectContaining({
        code: 'ENV_OUTPUT_INVALID',
        data: expect.objectContaining({ what: 'actionMask', agent: 'odd', instance: 1 }),
      }),
    );
  });

  it('finds the step in a whole trajectory', () => {
    const { stepper } = setUp();
    const steps = 4;
    const trajectory = {
      observation: [new Float32Array(steps * 6), new Float32Array(steps * 3)],
      reward: [new Float32Array(steps * 6), new Float32Array(steps * 6)],
      actionMask: [new Uint8Array(0), new Uint8Array(steps * 9).fill(1)],
      globalState: new Float32Array(steps * 3),
    };
    trajectory.observation[1][7] = Number.NaN;
    expect(() => stepper.assertFinite(trajectory)).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ agent: 'odd', step: 2, instance: 1, element: 0 }) }),
    );
  });
});
