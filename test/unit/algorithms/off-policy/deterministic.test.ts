import { describe, expect, test } from 'vitest';
import { createPlainKernels, createWasmKernels } from '../../../../src/kernels/index.js';
import { box } from '../../../../src/spaces/index.js';
import {
  BARE,
  drawNoise,
  drawnRows,
  EARLIER_STEPS,
  expectClose,
  gradientGone,
  RATE,
  sampleBatch,
  start,
  tensor,
  update,
} from './harness.js';
import { type Bounds, dense, denseCount, gradientOf, mean, squash } from './slow.js';

const BOUNDS: Bounds = [
  [-1, 1],
  [0, 4],
];
const setting = {
  observationSize: 2,
  hidden: [3],
  actionSpace: box(2, { low: [-1, 0], high: [1, 4] }),
  distribution: { kind: 'noisyDeterministic' },
} as const;
const POLICY = [2, 3, 2];
const CRITIC = [4, 3, 1];
/** Parameters of the policy: its network, and the two of its noise. */
const P = denseCount(POLICY) + 2;
const Q = denseCount(CRITIC);

const act = (parameters: readonly number[], observation: readonly number[]): number[] =>
  squash([...dense(parameters, 0, POLICY, observation)], BOUNDS);
const valueAt = (critics: readonly number[], j: number, observation: readonly number[], action: readonly number[]) =>
  dense(critics, j * Q, CRITIC, [...observation, ...action])[0]!;

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('on %s kernels', (_, create) => {
  test.each([
    ['ddpg', 1, {}],
    ['td3', 2, { policyDelay: 1, targetNoise: 0.4, noiseClip: 0.3 }],
    ['td3', 2, { policyDelay: 1, targetNoise: 0, noiseClip: 0.3 }],
  ] as const)('%s with %i critics and %o makes the steps of the paper', async (algorithm, critics, own) => {
    const kernels = create();
    const options = { ...BARE, ...own, nStep: 2, criticLearningRate: RATE };
    const { updater, replay, context } = await start(kernels, algorithm, options, setting);
    const before = tensor(updater, 'parameters');
    const targets = tensor(updater, 'targets');
    const metrics = update(updater, [sampleBatch(context, before)], replay, 7);
    const after = tensor(updater, 'parameters');

    const { rows, random } = drawnRows(replay, 5, 7);
    const { targetNoise = 0, noiseClip = 0 } = own as { targetNoise?: number; noiseClip?: number };
    const noise = targetNoise === 0 ? null : drawNoise(kernels, random, 5, 2);
    if (noise !== null) expect(noise.flat().some((e) => Math.abs(targetNoise * e) > noiseClip)).toBe(true);
    const valueTargets = rows.map(({ reward, discount, nextObservation }, b) => {
      const action = act(targets.slice(0, P), nextObservation!).map((a, j) => {
        const [low, high] = BOUNDS[j]!;
        const e = noise === null ? 0 : Math.max(-noiseClip, Math.min(noiseClip, targetNoise * noise[b]![j]!));
        return Math.max(low, Math.min(high, a + ((high - low) / 2) * e));
      });
      const values = Array.from({ length: critics }, (_v, j) => valueAt(targets.slice(P), j, nextObservation!, action));
      return reward![0]! + discount![0]! * Math.min(...values);
    });
    const errors = (parameters: readonly number[], j: number) =>
      rows.map((row, b) => valueAt(parameters, j, row.observation!, row.action!) - valueTargets[b]!);
    const criticLoss = (parameters: readonly number[]) =>
      Array.from({ length: critics }, (_v, j) => mean(errors(parameters, j).map((e) => 0.5 * e * e))).reduce(
        (sum, loss) => sum + loss,
      );
    expectClose(gradientGone(before.slice(P), after.slice(P)), gradientOf(criticLoss, before.slice(P)));

    // The policy climbs the critic as it is after its step.
    const policyLoss = (parameters: readonly number[]) =>
      -mean(rows.map(({ observation }) => valueAt(after.slice(P), 0, observation!, act(parameters, observation!))));
    const network = P - 2;
    const slope = gradientOf(policyLoss, before.slice(0, network));
    expect(Math.max(...slope.map(Math.abs))).toBeGreaterThan(1e-3);
    expectClose(gradientGone(before.slice(0, network), after.slice(0, network)), slope);

    // The noise of the targets is nobody's.
    const learned = (parameters: readonly number[]) => parameters.toSpliced(network, 2);
    expectClose(
      learned(tensor(updater, 'targets')),
      learned(targets.map((value, j) => value + 0.25 * (after[j]! - value))),
    );
    const values = Array.from({ length: critics }, (_v, j) =>
      mean(rows.map((row) => valueAt(before.slice(P), j, row.observation!, row.action!))),
    );
    expectClose(
      [metrics.valueLoss!, metrics.meanValue!, metrics.policyLoss!],
      [criticLoss(before.slice(P)) / critics, mean(values), policyLoss(before.slice(0, network))],
    );
  });
});

describe('td3', () => {
  test('moves the policy and the targets at every policyDelay-th update only', async () => {
    const options = { ...BARE, policyDelay: 3 };
    const { updater, replay, context } = await start(createPlainKernels(), 'td3', options, setting);
    const begun = tensor(updater, 'parameters');
    const targets = tensor(updater, 'targets');
    for (let k = 0; k < 4; k++) {
      const old = tensor(updater, 'parameters');
      const metrics = update(updater, [sampleBatch(context, begun, k)], replay, k, k);
      const now = tensor(updater, 'parameters');
      const moves = k === 2;
      expect(now.slice(P)).not.toEqual(old.slice(P));
      expect(now.slice(0, P - 2).some((value, j) => value !== old[j])).toBe(moves);
      if (k < 2) expect(tensor(updater, 'targets')).toEqual(targets);
      else expect(tensor(updater, 'targets')).not.toEqual(targets);
      expect(metrics.policyLoss !== undefined).toBe(moves);
    }
    expect(updater.counters).toEqual({ criticSteps: EARLIER_STEPS + 4, policySteps: EARLIER_STEPS + 1 });
  });
});

test.each(['ddpg', 'td3'])(
  '%s: targets begin as the weights that the policy is given, whosever they were',
  async (id) => {
    const options = { ...BARE, learningRate: 1e-9, tau: 1e-9 };
    const { updater, replay, context } = await start(createPlainKernels(), id, options, setting);
    const given = tensor(updater, 'parameters').map((value, j) => (j < P - 2 ? value + 1 : value));
    updater.state[0]!.data.set(given);
    updater.counters = { criticSteps: 0, policySteps: 0 };
    update(updater, [sampleBatch(context, given)], replay, 1);
    expectClose(tensor(updater, 'targets').slice(0, P - 2), given.slice(0, P - 2));
  },
);

test('step sizes follow their schedule', async () => {
  const schedule = { kind: 'linear', from: 0.5, to: 0.125, iterations: 3 };
  const options = { ...BARE, learningRate: schedule, criticLearningRate: 0.25 };
  const moved = async (rate: unknown, iteration: number) => {
    const { updater, replay, context } = await start(
      createPlainKernels(),
      'ddpg',
      { ...options, learningRate: rate },
      setting,
    );
    update(updater, [sampleBatch(context, tensor(updater, 'parameters'))], replay, 1, iteration);
    return tensor(updater, 'parameters').slice(0, P - 2);
  };
  expect(await moved(schedule, 0)).toEqual(await moved(0.5, 0));
  expect(await moved(schedule, 2)).toEqual(await moved(0.25, 2));
  expect(await moved(schedule, 9)).toEqual(await moved(0.125, 9));
});

describe('exploration', () => {
  const noiseOf = (parameters: readonly number[]) => parameters.slice(P - 2, P);
  const explorationNoise = { kind: 'linear', from: 1, to: 0, iterations: 4 };

  test('is uniform until learning starts, and then follows its schedule', async () => {
    const options = { ...BARE, learningStarts: 60, explorationNoise };
    const { updater, replay, context } = await start(createPlainKernels(), 'ddpg', options, setting);
    const begun = tensor(updater, 'parameters');
    expect(noiseOf(begun)).toEqual([1, 1]);
    const first = update(updater, [sampleBatch(context, begun, 1)], replay, 1, 0);
    expect(first).toEqual({ replaySize: 36, updates: 0, explorationNoise: 0.75 });
    expect(noiseOf(tensor(updater, 'parameters'))).toEqual([0.75, 1]);
    expect(tensor(updater, 'parameters').toSpliced(P - 2, 2)).toEqual(begun.toSpliced(P - 2, 2));
    const second = update(updater, [sampleBatch(context, begun, 2)], replay, 2, 1);
    expect(second.replaySize).toBe(72);
    expect(second.valueLoss).toBeGreaterThan(0);
    expect(noiseOf(tensor(updater, 'parameters'))).toEqual([0.5, 0]);
  });

  test('a replay smaller than learningStarts is enough once it is full', async () => {
    const options = { ...BARE, learningStarts: 1000, replayCapacity: 30 };
    const { updater, replay, context } = await start(createPlainKernels(), 'td3', options, setting);
    const metrics = update(updater, [sampleBatch(context, tensor(updater, 'parameters'))], replay, 1);
    expect(metrics.replaySize).toBe(30);
    expect(metrics).toHaveProperty('valueLoss');
  });

  test('needs the distribution that has it', async () => {
    const gaussian = { ...setting, distribution: { kind: 'squashedGaussian' } as const };
    await expect(start(createPlainKernels(), 'ddpg', BARE, gaussian)).rejects.toThrow(
      expect.objectContaining({ code: 'ALGORITHM_DISTRIBUTION_UNSUITABLE' }),
    );
  });
});
