import { describe, expect, test } from 'vitest';
import type { UpdaterContext } from '../../../../src/algorithms/index.js';
import { createReplayMemory, type PolicyBatch, Replay } from '../../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../../src/kernels/index.js';
import { box, discrete } from '../../../../src/spaces/index.js';
import { contextOf, createUpdater, type Setting, stateOf } from '../learning.js';
import { BARE, emptyReplay, sampleBatch, startIn, update } from './harness.js';
import { CHOOSERS, teamBatches, teamContext } from './team.js';

const options = { ...BARE, optimizer: {}, updatesPerIteration: 3 };
const noisy = { actionSpace: box(1, { low: -2, high: 2 }), distribution: { kind: 'noisyDeterministic' } } as const;

interface Job {
  readonly contextIn: (kernels: Kernels) => UpdaterContext;
  readonly batches: (context: UpdaterContext, parameters: ArrayLike<number>, seed: number) => readonly PolicyBatch[];
}

const alone = (algorithm: string, own: object, setting: Setting): Job => ({
  contextIn: (kernels) => contextOf(kernels, algorithm, { ...options, ...own }, setting),
  batches: (context, parameters, seed) => [sampleBatch(context, parameters, seed)],
});

const JOBS: readonly (readonly [string, string, Job])[] = [
  ['ddpg', 'ddpg', alone('ddpg', {}, noisy)],
  ['td3', 'td3', alone('td3', {}, noisy)],
  ['td3 with sgd', 'td3', alone('td3', { optimizer: { kind: 'sgd', momentum: 0.5 } }, noisy)],
  ['sac', 'sac', alone('sac', {}, { distribution: { std: 'network' } })],
  ['sac of a given temperature', 'sac', alone('sac', { temperature: 0.2 }, { distribution: { std: 'network' } })],
  ['masked discrete sac', 'sac', alone('sac', { nStep: 3 }, { actionSpace: discrete(3), masked: true })],
  [
    'maddpg',
    'maddpg',
    {
      contextIn: (kernels) => teamContext(kernels, options),
      batches: ({ kernels }, _, seed) => teamBatches(kernels, seed),
    },
  ],
  [
    'maddpg of choices',
    'maddpg',
    {
      contextIn: (kernels) => teamContext(kernels, options, CHOOSERS),
      batches: ({ kernels }, _, seed) => teamBatches(kernels, seed, CHOOSERS),
    },
  ],
];

describe.each(JOBS)('%s', (_, algorithm, { contextIn, batches }) => {
  test('state, counters and replay are all that the next update depends on', async () => {
    const context = contextIn(createWasmKernels());
    const elsewhere = contextIn(createPlainKernels());
    const first = await startIn(context, algorithm);
    const second = await startIn(elsewhere, algorithm);
    const acted = [...first.updater.state[0]!.data];
    const names = first.updater.state.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const seed of [1, 2, 3]) update(first.updater, batches(context, acted, seed), first.replay, seed, seed);
    // The other one has a past of its own, on other batches; then it takes over what the first one has, as a checkpoint brings it.
    for (const seed of [8, 9]) update(second.updater, batches(elsewhere, acted, seed), second.replay, seed, seed);
    for (const [i, { data }] of second.updater.state.entries()) data.set(first.updater.state[i]!.data);
    second.updater.counters = { ...first.updater.counters };
    const replay = new Replay(first.replay.spec, createReplayMemory(first.replay.spec));
    replay.unpack(first.replay.pack());
    for (const seed of [4, 5, 6]) {
      const metrics = update(first.updater, batches(context, acted, seed), first.replay, seed, seed);
      expect(update(second.updater, batches(elsewhere, acted, seed), replay, seed, seed)).toEqual(metrics);
      expect(stateOf(second.updater)).toEqual(stateOf(first.updater));
    }
    expect(second.updater.counters).toEqual(first.updater.counters);
    expect(stateOf(first.updater).parameters).not.toEqual(acted);
  });

  test('a number that is none shows in the metrics', async () => {
    const context = contextIn(createPlainKernels());
    const { updater, replay } = await startIn(context, algorithm);
    const [batch, ...others] = batches(context, [...updater.state[0]!.data], 1);
    batch!.rewards.fill(Number.NaN);
    const metrics = update(updater, [batch!, ...others], replay, 1);
    expect(metrics.valueLoss).toBeNaN();
  });

  test('gives all its memory back', async () => {
    const kernels = createWasmKernels();
    const context = contextIn(kernels);
    const held = kernels.allocatedBytes;
    const updater = await createUpdater(context, algorithm);
    expect(kernels.allocatedBytes).toBeGreaterThan(held);
    updater.dispose();
    expect(kernels.allocatedBytes).toBe(held);
    expect(emptyReplay(context, algorithm).size).toBe(0);
  });
});
