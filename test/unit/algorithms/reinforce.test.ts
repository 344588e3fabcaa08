import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../src/kernels/index.js';
import { contextOf, createUpdater, FIRST_TURN, place } from './learning.js';

const LOG_2PI = Math.log(2 * Math.PI);
const random = () => new RandomStream(1, 'unused');
/** Small enough to keep the standard deviation in its bounds. */
const RATE = 0.125;
/** One step of plain SGD without clipping: the parameters move by the negative gradient, times the rate. */
const bare = {
  gamma: 0.5,
  baseline: false,
  normalizeAdvantages: false,
  learningRate: RATE,
  maxGradientNorm: 1e9,
  optimizer: { kind: 'sgd' },
};

/** Two steps of one instance: observations 1 and 2, actions 0.5 and −1, rewards 1 and 2, under mean = 0.5·o + 0.25 and a
 *  standard deviation of 1. */
function twoSteps(kernels: Kernels, terminatedFirst: boolean, behaviorShift = 0): PolicyBatch {
  const [means, actions] = [
    [0.75, 1.25],
    [0.5, -1],
  ];
  const logProbs = actions.map((a, t) => -0.5 * (a - means[t]) ** 2 - 0.5 * LOG_2PI);
  return {
    shape: { segments: 1, horizon: 2, instances: 1, observationSize: 1, actionSize: 1, maskSize: 0, rewardHeads: 1 },
    samples: 2,
    observations: place(kernels, [1, 2]),
    lastObservations: place(kernels, [77]),
    actions: place(kernels, actions),
    states: kernels.f32(0),
    actionMasks: new Uint8Array(0),
    lastActionMasks: new Uint8Array(0),
    behaviorLogProbs: place(
      kernels,
      logProbs.map((logProb) => logProb - behaviorShift),
    ),
    levelActive: new Uint8Array(0),
    rewards: place(kernels, [1, 2]),
    terminated: Uint8Array.of(terminatedFirst ? 1 : 0, 0),
    truncated: new Uint8Array(2),
    finalCount: terminatedFirst ? 1 : 0,
    finalSamples: Int32Array.of(0),
    finalObservations: place(kernels, [55]),
    policyVersion: 0,
    critic: null,
  };
}

/** −∇ of the loss with respect to (weight, bias, log σ): the mean over both steps of return · ρ · ∇ log π. */
function byHand(returns: readonly [number, number], ratio: number): number[] {
  // (a − μ) of both steps is −0.25 and −2.25; ∂ log π: (a − μ)·o, a − μ, (a − μ)² − 1.
  const [first, second] = returns.map((value) => (value * ratio) / 2);
  return [
    first * (-0.25 * 1) + second * (-2.25 * 2),
    first * -0.25 + second * -2.25,
    first * (0.0625 - 1) + second * (5.0625 - 1),
  ];
}

async function step(kernels: Kernels, batch: PolicyBatch, options: object = {}) {
  const context = contextOf(
    kernels,
    'reinforce',
    { ...bare, ...options },
    {
      observationSize: 1,
      hidden: [],
      shape: { segments: 1, horizon: 2, instances: 1 },
    },
  );
  const updater = await createUpdater(context, 'reinforce');
  const { data } = updater.state[0];
  data.set([0.5, 0.25, 0]);
  const metrics = updater.update(batch, random(), FIRST_TURN);
  return { metrics, moved: [data[0] - 0.5, data[1] - 0.25, data[2]].map((value) => value / RATE) };
}

const expectClose = (actual: readonly number[], expected: readonly number[]): void =>
  expected.forEach((value, j) => expect(actual[j]).toBeCloseTo(value, 5));

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('REINFORCE on %s kernels, computed by hand', (_, create) => {
  test('rewards to go are discounted: 1 + 0.5 · 2 and 2', async () => {
    const kernels = create();
    const { moved, metrics } = await step(kernels, twoSteps(kernels, false));
    expectClose(moved, byHand([2, 2], 1));
    const [first, second] = [-0.5 * 0.0625, -0.5 * 5.0625].map((part) => part - 0.5 * LOG_2PI);
    expect(metrics.policyLoss).toBeCloseTo(-(2 * first + 2 * second) / 2, 5);
    expect(metrics).not.toHaveProperty('valueLoss');
  });

  test('an episode’s end keeps the next one’s rewards out', async () => {
    const kernels = create();
    expectClose((await step(kernels, twoSteps(kernels, true))).moved, byHand([1, 2], 1));
  });

  test('lag is corrected by the ratio, up to its bound', async () => {
    const kernels = create();
    const shift = Math.log(1.5);
    expectClose((await step(kernels, twoSteps(kernels, false, shift))).moved, byHand([2, 2], 1.5));
    const bounded = await step(kernels, twoSteps(kernels, false, shift), { ratioClip: 1.25 });
    expectClose(bounded.moved, byHand([2, 2], 1.25));
  });

  test('normalized returns have mean 0 and deviation 1', async () => {
    const kernels = create();
    // Returns 1 and 2 around 1.5, sample deviation √½.
    const z = 0.5 / Math.SQRT1_2;
    const { moved } = await step(kernels, twoSteps(kernels, true), { normalizeAdvantages: true });
    expectClose(moved, byHand([-z, z], 1));
  });
});

test('the baseline is learned, subtracted, and stands for the rewards beyond the horizon', async () => {
  const kernels = createPlainKernels();
  const shape = { segments: 1, horizon: 2, instances: 1 };
  const options = { ...bare, baseline: true, valueCoefficient: 0.5 };
  const context = contextOf(kernels, 'reinforce', options, { observationSize: 1, hidden: [], shape });
  const updater = await createUpdater(context, 'reinforce');
  const { data } = updater.state[0];
  // V(o) = 0.1·o + 1: V is 1.1, 1.2, and 8.7 of the observation 77 beyond the horizon.
  data.set([0.5, 0.25, 0, 0.1, 1]);
  const metrics = updater.update(twoSteps(kernels, false), random(), FIRST_TURN);
  const second = 2 + 0.5 * 8.7;
  const first = 1 + 0.5 * second;
  const moved = [0.5, 0.25, 0, 0.1, 1].map((start, j) => (data[j] - start) / RATE);
  expectClose(moved, byHand([first - 1.1, second - 1.2], 1));
  // ½·(V − G)² with weight ½ and a mean over 2: ∂/∂w = ½·Σ (V − G)·o / 2.
  expectClose(moved.slice(3), [-0.25 * ((1.1 - first) * 1 + (1.2 - second) * 2), -0.25 * (1.1 - first + 1.2 - second)]);
  expect(metrics.valueLoss).toBeCloseTo((0.5 * ((1.1 - first) ** 2 + (1.2 - second) ** 2)) / 2, 4);
});
