import { describe, expect, test } from 'vitest';
import { RewardStatistics } from '../../../src/algorithms/shared/reward-statistics.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import {
  batchOf,
  begin,
  contextOf,
  createUpdater,
  type Ends,
  FIRST_TURN,
  place,
  type Setting,
  stateOf,
} from './learning.js';
import { separate } from './order.js';

const shape = { segments: 2, horizon: 7, instances: 4 };
const ends: Ends = (n) => (n % 11 === 3 ? 't' : n % 7 === 2 ? 'c' : '');
const GAMMA = 0.9;
const random = () => new RandomStream(7, 'update');

const batches = (count: number, seed = 1, scale = 1): PolicyBatch[] => {
  const context = contextOf(createPlainKernels(), 'ppo', {}, { shape });
  return Array.from({ length: count }, (_, k) => {
    const batch = batchOf(context, new Float32Array(64), { seed: seed + k, ends });
    const rewards = place(
      createPlainKernels(),
      batch.rewards.map((reward) => scale * (reward + k)),
    );
    return { ...batch, rewards };
  });
};

/** All discounted sums of a batch, instance by instance. */
function sumsOf(batch: PolicyBatch): number[] {
  const { segments: S, horizon: T, instances: B } = batch.shape;
  const sums: number[] = [];
  for (let s = 0; s < S; s++) {
    for (let b = 0; b < B; b++) {
      let sum = 0;
      for (let t = 0; t < T; t++) {
        const n = (s * T + t) * B + b;
        sum = GAMMA * sum + batch.rewards[n]!;
        sums.push(sum);
        if (batch.terminated[n] || batch.truncated[n]) sum = 0;
      }
    }
  }
  return sums;
}

describe('statistics of discounted sums', () => {
  test.each([1, 4])('over %i batches are those of all at once', (count) => {
    const statistics = new RewardStatistics(createPlainKernels(), 1, 56);
    const all: number[] = [];
    for (const batch of batches(count)) {
      const scale = statistics.observe(batch, 0, GAMMA, all.length);
      all.push(...sumsOf(batch));
      const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
      const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length;
      expect(statistics.tensor.data[0]).toBeCloseTo(mean, 4);
      expect(statistics.tensor.data[1]).toBeCloseTo(variance, 3);
      expect(scale).toBeCloseTo(1 / Math.sqrt(variance), 4);
    }
  });

  test('that do not vary leave rewards as they are, whatever they are', () => {
    for (const reward of [0, 0.1, -3e7]) {
      const statistics = new RewardStatistics(createPlainKernels(), 1, 56);
      const [batch] = batches(1) as [PolicyBatch];
      const constant = { ...batch, rewards: place(createPlainKernels(), new Array<number>(56).fill(reward)) };
      for (let k = 0; k < 3; k++) expect(statistics.observe(constant, 0, 0, 56 * k)).toBe(1);
    }
  });

  test('give their memory back', () => {
    const kernels = createPlainKernels();
    const before = kernels.allocatedBytes;
    new RewardStatistics(kernels, 3, 56).dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });
});

describe.each(['ppo', 'mappo', 'a2c', 'impala', 'reinforce'])('%s with normalized rewards', (algorithm) => {
  const setting: Setting = { shape };
  const options = { gamma: GAMMA, normalizeRewards: true };
  const critic = algorithm === 'mappo' ? { criticInput: 'observations' } : {};

  test.each([1, 3])('learns as from rewards that were divided before, in update %i', async (count) => {
    const kernels = createWasmKernels();
    const { updater, context } = await begin(kernels, algorithm, { ...options, ...critic }, setting);
    const plain = await begin(
      createWasmKernels(),
      algorithm,
      { ...options, ...critic, normalizeRewards: false },
      setting,
    );
    const statistics = new RewardStatistics(createPlainKernels(), 1, 56);
    for (let k = 0; k < count; k++) {
      const batch = batchOf(context, updater.state[0].data, { seed: 5 + k, ends });
      const scale = statistics.observe(batch, 0, GAMMA, 56 * k);
      const metrics = updater.update(batch, random(), FIRST_TURN);
      expect(metrics.rewardScale).toBe(scale);
      const divided = {
        ...batch,
        rewards: place(
          plain.context.kernels,
          batch.rewards.map((reward) => reward * scale),
        ),
      };
      // Its arrays lie in the other kernels’ memory.
      const moved = Object.fromEntries(
        Object.entries(divided).map(([name, value]) => [
          name,
          value instanceof Float32Array ? place(plain.context.kernels, value) : value,
        ]),
      ) as unknown as PolicyBatch;
      const seen = moved.critic;
      const itsCritic =
        seen === null
          ? null
          : {
              size: seen.size,
              observations: place(plain.context.kernels, seen.observations),
              lastObservations: place(plain.context.kernels, seen.lastObservations),
              finalObservations: place(plain.context.kernels, seen.finalObservations),
            };
      plain.updater.update({ ...moved, critic: itsCritic }, random(), FIRST_TURN);
      expect(stateOf(updater).parameters).toEqual(stateOf(plain.updater).parameters);
    }
    expect(updater.counters.observedRewards).toBe(56 * count);
    expect(updater.state.at(-1)).toMatchObject({ name: 'rewardSums', shape: [1, 2] });
  });

  test('does not care what a reward is counted in', async () => {
    const learned = await Promise.all(
      [1, 1024].map(async (unit) => {
        const { updater, batch } = await begin(createWasmKernels(), algorithm, { ...options, ...critic }, setting, {
          ends,
        });
        batch.rewards.forEach((reward, n) => {
          batch.rewards[n] = unit * reward;
        });
        updater.update(batch, random(), FIRST_TURN);
        return stateOf(updater).parameters!;
      }),
    );
    expect(learned[1]).toEqual(learned[0]);
  });

  test('leaves the batch as it was, and no memory behind', async () => {
    const kernels = createWasmKernels();
    const { context, batch } = await begin(kernels, algorithm, { ...options, ...critic }, setting, { ends });
    const before = kernels.allocatedBytes;
    const rewards = [...batch.rewards];
    const updater = await createUpdater(context, algorithm);
    updater.initialize(random());
    updater.update(batch, random(), FIRST_TURN);
    expect([...batch.rewards]).toEqual(rewards);
    updater.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });
});

test.each(['ppo', 'impala'])('%s: every level has a scale of its own', async (algorithm) => {
  const { updater, batch } = await begin(createWasmKernels(), algorithm, { normalizeRewards: true }, separate);
  batch.rewards.forEach((reward, n) => {
    batch.rewards[n] = n < batch.samples ? 100 * reward : reward;
  });
  const metrics = updater.update(batch, random(), FIRST_TURN);
  const scales = ['enter', 'kind', 'size'].map((name) => metrics[`rewardScale.${name}`]!);
  expect(scales[0]! * 20).toBeLessThan(scales[1]!);
  expect(updater.state.at(-1)!.shape).toEqual([3, 2]);
});
