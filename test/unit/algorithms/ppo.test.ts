import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import { binary, box, discrete, multiDiscrete } from '../../../src/spaces/index.js';
import { batchOf, begin, createUpdater, FIRST_TURN, place, type Setting, stateOf } from './learning.js';

const random = () => new RandomStream(7, 'update');
const oneStep = { epochs: 1, minibatches: 1 };

const settings: readonly (readonly [string, Setting])[] = [
  ['gaussian', { actionSpace: box(2) }],
  ['squashed gaussian', { actionSpace: box(1, { low: -1, high: 1 }) }],
  ['categorical', { actionSpace: discrete(4) }],
  ['multi-discrete', { actionSpace: multiDiscrete([2, 3]) }],
  ['masked categorical', { actionSpace: discrete(4), masked: true }],
  ['bernoulli', { actionSpace: binary(3) }],
];

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('on %s kernels', (_, create) => {
  test.each(settings)('without lag the first ratios are exactly 1: %s', async (_name, setting) => {
    const { updater, batch } = await begin(create(), 'ppo', oneStep, setting);
    const metrics = updater.update(batch, random(), FIRST_TURN);
    expect(metrics.approximateKl).toBe(0);
    expect(metrics.clipFraction).toBe(0);
    // The second step has moved.
    expect(updater.update(batch, random(), FIRST_TURN).approximateKl).not.toBe(0);
  });
});

describe('epochs', () => {
  const fast = { epochs: 6, minibatches: 2, learningRate: 0.1 };

  test('are all made without a target', async () => {
    const { updater, batch } = await begin(createWasmKernels(), 'ppo', fast);
    expect(updater.update(batch, random(), FIRST_TURN).epochs).toBe(6);
    expect(updater.counters).toEqual({ optimizerSteps: 12 });
  });

  test('stop after the one whose mean KL passes 1.5 × targetKl', async () => {
    const kls: number[] = [];
    for (let epochs = 1; epochs <= 6; epochs++) {
      const { updater, batch } = await begin(createWasmKernels(), 'ppo', { ...fast, epochs });
      // Means over all epochs so far, so that of the last one is a difference.
      kls.push(updater.update(batch, random(), FIRST_TURN).approximateKl * epochs);
    }
    const ofEpoch = kls.map((kl, e) => kl - (kls[e - 1] ?? 0));
    expect(ofEpoch[2]).toBeGreaterThan(ofEpoch[1]);
    const between = (ofEpoch[1] + ofEpoch[2]) / 2;
    const { updater, batch } = await begin(createWasmKernels(), 'ppo', { ...fast, targetKl: between / 1.5 });
    expect(updater.update(batch, random(), FIRST_TURN).epochs).toBe(3);
    expect(updater.counters).toEqual({ optimizerSteps: 6 });
  });
});

describe('advantages', () => {
  // γ = 0 and a critic that is 0 everywhere: the advantage of a sample is its reward.
  const options = { ...oneStep, gamma: 0, valueCoefficient: 0, maxGradientNorm: 1e9, optimizer: { kind: 'sgd' } };

  async function stepOn(rewards: readonly number[], normalizeAdvantages: boolean): Promise<number[]> {
    const { updater, batch } = await begin(createPlainKernels(), 'ppo', { ...options, normalizeAdvantages });
    const { data } = updater.state[0];
    data.fill(0, updater.acting[0].count);
    const before = [...data];
    updater.update({ ...batch, rewards: place(createPlainKernels(), rewards) }, random(), FIRST_TURN);
    return [...data].map((value, j) => value - before[j]);
  }

  const rewards = Array.from({ length: 36 }, (_, n) => 5 + 3 * Math.sin(n));
  const mean = rewards.reduce((sum, r) => sum + r, 0) / 36;
  const deviation = Math.sqrt(rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 35);

  test('of a minibatch get mean 0 and deviation 1', async () => {
    const normalized = await stepOn(rewards, true);
    const byHand = await stepOn(
      rewards.map((r) => (r - mean) / deviation),
      false,
    );
    const asTheyAre = await stepOn(rewards, false);
    const largest = Math.max(...byHand.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    normalized.forEach((value, j) => expect(Math.abs(value - byHand[j]) / largest).toBeLessThan(1e-3));
    expect(normalized.some((value, j) => Math.abs(value - asTheyAre[j]) / largest > 0.1)).toBe(true);
  });

  test('that do not differ have no direction, and no one’s weights become NaN', async () => {
    const step = await stepOn(new Array<number>(36).fill(0.1), true);
    expect(step.every((value) => Math.abs(value) < 1e-6)).toBe(true);
  });
});

test('more minibatches than samples are one per sample, and none is empty', async () => {
  for (const [shuffle, units] of [
    ['samples', 12],
    ['instances', 4],
  ] as const) {
    const { updater, batch } = await begin(
      createWasmKernels(),
      'ppo',
      { epochs: 2, minibatches: 500, shuffle },
      { shape: { segments: 2, horizon: 3, instances: 2 } },
    );
    const metrics = updater.update(batch, random(), FIRST_TURN);
    expect(updater.counters).toEqual({ optimizerSteps: 2 * units });
    for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true);
  }
});

describe('metrics', () => {
  test('are means over the samples of all epochs', async () => {
    const { updater, batch } = await begin(createWasmKernels(), 'ppo', {
      epochs: 3,
      minibatches: 5,
      learningRate: 1e-30,
    });
    const metrics = updater.update(batch, random(), FIRST_TURN);
    // With weights that stand still: normalized advantages have mean 0, ratios are 1 and values are the old ones.
    expect(metrics.policyLoss).toBeCloseTo(0, 5);
    expect(metrics.entropy).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E), 5);
    expect(metrics.epochs).toBe(3);
    expect(metrics.gradientNorm).toBeGreaterThan(0);
    expect(metrics.explainedVariance).toBeLessThan(1);
  });

  test('a ratio beyond the clip is counted', async () => {
    const { context, updater, batch } = await begin(createPlainKernels(), 'ppo', oneStep);
    const other = batchOf(
      context,
      updater.state[0].data.map((value) => value * 3 + 0.5),
    );
    const metrics = updater.update({ ...batch, ...other }, random(), FIRST_TURN);
    expect(metrics.clipFraction).toBeGreaterThan(0.1);
    expect(metrics.approximateKl).toBeGreaterThan(0);
  });
});

test('a value clip changes the step', async () => {
  const stepWith = async (options: object): Promise<Record<string, number[]>> => {
    const { updater, batch } = await begin(createPlainKernels(), 'ppo', { epochs: 2, learningRate: 0.05, ...options });
    updater.update(batch, random(), FIRST_TURN);
    return stateOf(updater);
  };
  expect(await stepWith({ valueClip: 0.01 })).not.toEqual(await stepWith({}));
  expect(await stepWith({ valueClip: 1e9 })).toEqual(await stepWith({}));
});

test('an updater gives its memory back', async () => {
  for (const algorithm of ['ppo', 'reinforce', 'notebook']) {
    const kernels = createWasmKernels();
    const distribution = algorithm === 'notebook' ? ({ kind: 'deterministic' } as const) : {};
    const { context } = await begin(kernels, algorithm, {}, { distribution });
    const before = kernels.allocatedBytes;
    const updater = await createUpdater(context, algorithm);
    updater.initialize(random());
    updater.update(batchOf({ ...context, kernels: createPlainKernels() }, updater.state[0].data), random(), FIRST_TURN);
    updater.dispose();
    expect(kernels.allocatedBytes, algorithm).toBe(before);
  }
});
