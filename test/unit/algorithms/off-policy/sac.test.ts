import { describe, expect, test } from 'vitest';
import { createPlainKernels, createWasmKernels } from '../../../../src/kernels/index.js';
import { box, discrete } from '../../../../src/spaces/index.js';
import { batchOf } from '../learning.js';
import {
  BARE,
  drawNoise,
  drawnRows,
  expectClose,
  gradientGone,
  RATE,
  type Row,
  sampleBatch,
  start,
  tensor,
  update,
} from './harness.js';
import { type Bounds, dense, denseCount, draw, gradientOf, mean } from './slow.js';

const ENGINES = [
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const;
const options = { ...BARE, nStep: 2, initialTemperature: 0.4 };

describe.each(ENGINES)('continuous, on %s kernels', (_, create) => {
  const BOUNDS: Bounds = [
    [-1, 1],
    [0, 4],
  ];
  const setting = {
    observationSize: 2,
    hidden: [3],
    actionSpace: box(2, { low: [-1, 0], high: [1, 4] }),
    distribution: { std: 'network' },
  } as const;
  const POLICY = [2, 3, 4];
  const CRITIC = [4, 3, 1];
  const P = denseCount(POLICY);
  const Q = denseCount(CRITIC);
  const least = (critics: readonly number[], observation: readonly number[], action: readonly number[]): number =>
    Math.min(...[0, Q].map((at) => dense(critics, at, CRITIC, [...observation, ...action])[0]!));
  const drawAt = (policy: readonly number[], observation: readonly number[], noise: readonly number[]) =>
    draw(dense(policy, 0, POLICY, observation), noise, BOUNDS);

  test.each<{ temperature?: number }>([{}, { temperature: 0.3 }])(
    'makes the steps of the paper with %o',
    async (own) => {
      const kernels = create();
      const { updater, replay, context } = await start(kernels, 'sac', { ...options, ...own }, setting);
      const before = tensor(updater, 'parameters');
      const targets = tensor(updater, 'targets');
      const policy = before.slice(0, P);
      const critics = before.slice(P, P + 2 * Q);
      const temperature = own.temperature ?? 0.4;
      expectClose(before.slice(-1), [own.temperature === undefined ? Math.log(0.4) : 0]);
      const metrics = update(updater, [sampleBatch(context, before)], replay, 7);
      const after = tensor(updater, 'parameters');

      const { rows, random } = drawnRows(replay, 5, 7);
      const nextNoise = drawNoise(kernels, random, 5, 2);
      const noise = drawNoise(kernels, random, 5, 2);
      const valueTargets = rows.map(({ reward, discount, nextObservation }, b) => {
        const { action, logProb } = drawAt(policy, nextObservation!, nextNoise[b]!);
        return reward![0]! + discount![0]! * (least(targets, nextObservation!, action) - temperature * logProb);
      });
      const criticLoss = (parameters: readonly number[]): number =>
        [0, Q].reduce(
          (sum, at) =>
            sum +
            mean(
              rows.map(({ observation, action }, b) => {
                const error = dense(parameters, at, CRITIC, [...observation!, ...action!])[0]! - valueTargets[b]!;
                return 0.5 * error * error;
              }),
            ),
          0,
        );
      expectClose(gradientGone(critics, after.slice(P, P + 2 * Q)), gradientOf(criticLoss, critics));

      const moved = after.slice(P, P + 2 * Q);
      const policyLoss = (parameters: readonly number[]): number =>
        mean(
          rows.map(({ observation }, b) => {
            const { action, logProb } = drawAt(parameters, observation!, noise[b]!);
            return temperature * logProb - least(moved, observation!, action);
          }),
        );
      expectClose(gradientGone(policy, after.slice(0, P)), gradientOf(policyLoss, policy));

      const entropy = -mean(rows.map(({ observation }, b) => drawAt(policy, observation!, noise[b]!).logProb));
      // −1 for each element, measured in halves of the ranges 2 and 4.
      const targetEntropy = -2 + Math.log(2);
      const step = own.temperature === undefined ? entropy - targetEntropy : 0;
      expectClose(after.slice(-1), [before.at(-1)! - RATE * step]);
      expectClose(
        tensor(updater, 'targets'),
        targets.map((value, j) => value + 0.25 * (moved[j]! - value)),
      );
      expectClose(
        [metrics.valueLoss!, metrics.policyLoss!, metrics.entropy!, metrics.temperature!],
        [criticLoss(critics) / 2, policyLoss(policy), entropy, temperature],
      );
    },
  );

  test('learns no deviation but the network’s', async () => {
    for (const distribution of [{}, { kind: 'truncatedGaussian' }] as const) {
      await expect(start(create(), 'sac', {}, { ...setting, distribution })).rejects.toThrow(
        expect.objectContaining({ code: 'ALGORITHM_DISTRIBUTION_UNSUITABLE' }),
      );
    }
  });
});

describe.each(ENGINES)('discrete, on %s kernels', (_, create) => {
  const SHAPE = [2, 3, 3];
  const N = denseCount(SHAPE);

  /** Probabilities of the legal choices, with their places. */
  const legalOf = (logits: readonly number[], mask: readonly number[] | undefined) => {
    const legal = [0, 1, 2].filter((c) => mask === undefined || mask[c] === 1);
    const total = legal.reduce((sum, c) => sum + Math.exp(logits[c]!), 0);
    return legal.map((c) => ({ c, p: Math.exp(logits[c]!) / total }));
  };
  const leasts = (critics: readonly number[], observation: readonly number[]): number[] => {
    const [one, two] = [0, N].map((at) => dense(critics, at, SHAPE, observation));
    return one!.map((value, c) => Math.min(value, two![c]!));
  };

  test.each([false, true])('makes the steps of the paper; masked: %s', async (masked) => {
    const kernels = create();
    const setting = { observationSize: 2, hidden: [3], actionSpace: discrete(3), masked };
    const { updater, replay, context } = await start(kernels, 'sac', { ...options, targetEntropyShare: 0.5 }, setting);
    const before = tensor(updater, 'parameters');
    const targets = tensor(updater, 'targets');
    const [policy, critics] = [before.slice(0, N), before.slice(N, 3 * N)];
    const metrics = update(updater, [sampleBatch(context, before)], replay, 7);
    const after = tensor(updater, 'parameters');
    const moved = after.slice(N, 3 * N);

    const { rows } = drawnRows(replay, 5, 7);
    const softValue = (row: Row, parameters: readonly number[], values: readonly number[], next: boolean): number => {
      const observation = next ? row.nextObservation! : row.observation!;
      const mask = masked ? (next ? row.nextActionMask : row.actionMask) : undefined;
      return legalOf(dense(parameters, 0, SHAPE, observation), mask).reduce(
        (sum, { c, p }) => sum + p * (values[c]! - 0.4 * Math.log(p)),
        0,
      );
    };
    const valueTargets = rows.map(
      (row) =>
        row.reward![0]! + row.discount![0]! * softValue(row, policy, leasts(targets, row.nextObservation!), true),
    );
    const criticLoss = (parameters: readonly number[]): number =>
      [0, N].reduce(
        (sum, at) =>
          sum +
          mean(
            rows.map(({ observation, action }, b) => {
              const error = dense(parameters, at, SHAPE, observation!)[action![0]!]! - valueTargets[b]!;
              return 0.5 * error * error;
            }),
          ),
        0,
      );
    expectClose(gradientGone(critics, moved), gradientOf(criticLoss, critics));
    const policyLoss = (parameters: readonly number[]): number =>
      -mean(rows.map((row) => softValue(row, parameters, leasts(moved, row.observation!), false)));
    expectClose(gradientGone(policy, after.slice(0, N)), gradientOf(policyLoss, policy));

    const laws = rows.map((row) =>
      legalOf(dense(policy, 0, SHAPE, row.observation!), masked ? row.actionMask : undefined),
    );
    if (masked) expect(new Set(laws.map((law) => law.length)).size).toBeGreaterThan(1);
    const entropy = mean(laws.map((law) => -law.reduce((sum, { p }) => sum + p * Math.log(p), 0)));
    const targetEntropy = mean(laws.map((law) => 0.5 * Math.log(law.length)));
    expectClose(after.slice(-1), [Math.log(0.4) - RATE * (entropy - targetEntropy)]);
    expectClose([metrics.valueLoss!, metrics.entropy!], [criticLoss(critics) / 2, entropy]);
  });
});

test('where choices are masked, transitions that were cut off are left out of the replay', async () => {
  const kernels = createPlainKernels();
  for (const masked of [true, false]) {
    const setting = { observationSize: 2, hidden: [3], actionSpace: discrete(3), masked };
    const patient = { ...options, nStep: 1, learningStarts: 1000 };
    const { updater, replay, context } = await start(kernels, 'sac', patient, setting);
    const ends = (n: number) => (n === 5 || n === 22 ? 'c' : '');
    const batch = batchOf(context, tensor(updater, 'parameters'), { seed: 1, ends });
    update(updater, [batch], replay, 1);
    const kept = Array.from({ length: 36 }, (_, n) => n).filter((n) => !masked || ends(n) === '');
    expect(replay.size).toBe(kept.length);
    for (const [r, n] of kept.entries()) {
      expect([...replay.field('observation').subarray(2 * r, 2 * r + 2)]).toEqual([
        ...batch.observations.subarray(2 * n, 2 * n + 2),
      ]);
      expect(replay.field('reward')[r]).toBe(batch.rewards[n]);
      if (masked) {
        expect([...replay.field('actionMask').subarray(3 * r, 3 * r + 3)]).toEqual([
          ...batch.actionMasks.subarray(3 * n, 3 * n + 3),
        ]);
      }
    }
  }
});

test('of a batch of which nothing is kept, nothing is learned yet', async () => {
  const setting = { observationSize: 2, hidden: [3], actionSpace: discrete(3), masked: true };
  const { updater, replay, context } = await start(createPlainKernels(), 'sac', { ...options, nStep: 1 }, setting);
  const before = tensor(updater, 'parameters');
  const metrics = update(updater, [batchOf(context, before, { seed: 1, ends: () => 'c' })], replay, 1);
  expect(metrics).toEqual({ replaySize: 0, updates: 0 });
  expect(tensor(updater, 'parameters')).toEqual(before);
});

test.each([
  ['one bound', box(2, { low: [0, -Infinity], high: [Infinity, 3] }), -2],
  ['none', box(2), -2],
  ['two of one element', box(2, { low: [-Infinity, 0], high: [Infinity, 4] }), -2 + Math.log(2)],
] as const)('entropy of elements without a range is measured as it is: %s', async (_name, actionSpace, target) => {
  const setting = { observationSize: 2, hidden: [3], actionSpace, distribution: { std: 'network' } } as const;
  const { updater, replay, context } = await start(createPlainKernels(), 'sac', options, setting);
  const before = tensor(updater, 'parameters');
  const metrics = update(updater, [sampleBatch(context, before)], replay, 7);
  expectClose(tensor(updater, 'parameters').slice(-1), [before.at(-1)! - RATE * (metrics.entropy! - target)]);
});
