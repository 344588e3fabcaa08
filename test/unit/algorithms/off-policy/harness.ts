import { expect } from 'vitest';
import { findAlgorithm, type Updater, type UpdaterContext } from '../../../../src/algorithms/index.js';
import { RandomStream } from '../../../../src/base/index.js';
import { createReplayMemory, type PolicyBatch, Replay } from '../../../../src/experience/index.js';
import type { Kernels } from '../../../../src/kernels/index.js';
import { batchOf, contextOf, createUpdater, type Setting } from '../learning.js';

/** Step size of plain SGD without clipping: the parameters move by the negative gradient, times this. */
export const RATE = 0.125;
export const BARE = {
  learningRate: RATE,
  maxGradientNorm: 1e9,
  optimizer: { kind: 'sgd' },
  batchSize: 5,
  updatesPerIteration: 1,
  learningStarts: 0,
  gamma: 0.9,
  tau: 0.25,
};

/** Steps that an updater of `start` has made before. */
export const EARLIER_STEPS = 6;

export const someEnds = (n: number): 't' | 'c' | '' => (n % 9 === 4 ? 't' : n % 13 === 5 ? 'c' : '');

/** An updater with weights, and targets that are others, and an empty replay. */
export async function start(kernels: Kernels, algorithm: string, options: object, setting: Setting) {
  const context = contextOf(kernels, algorithm, options, setting);
  return { context, ...(await startIn(context, algorithm)) };
}

export async function startIn(context: UpdaterContext, algorithm: string) {
  const updater = await createUpdater(context, algorithm);
  updater.initialize(new RandomStream(3, 'initialize'));
  const targets = updater.state.find(({ name }) => name === 'targets')!.data;
  const random = new RandomStream(4, 'targets');
  for (let j = 0; j < targets.length; j++) targets[j] = targets[j]! + 0.3 * random.normal();
  // As after updates: before any, targets are made anew.
  updater.counters = Object.fromEntries(Object.keys(updater.counters).map((name) => [name, EARLIER_STEPS]));
  return { updater, replay: emptyReplay(context, algorithm) };
}

export function emptyReplay(context: UpdaterContext, algorithm: string): Replay {
  const spec = findAlgorithm(algorithm).replay!(context)!;
  return new Replay(spec, createReplayMemory(spec));
}

export const sampleBatch = (context: UpdaterContext, parameters: ArrayLike<number>, seed = 1): PolicyBatch =>
  batchOf(context, parameters, { seed, ends: someEnds });

export const tensor = (updater: Updater, name: string): readonly number[] => [
  ...updater.state.find((found) => found.name === name)!.data,
];

/** One iteration with the stream of `seed`. */
export const update = (
  updater: Updater,
  batches: readonly PolicyBatch[],
  replay: Replay,
  seed: number,
  iteration = 0,
) => updater.update(batches[0]!, new RandomStream(seed, 'update'), { iteration, batches, replay, peers: {} });

export type Row = Readonly<Record<string, readonly number[]>>;

/** The transitions that an iteration with the stream of `seed` drew, out of what the replay holds after it; and that stream after
 *  the draw. */
export function drawnRows(replay: Replay, count: number, seed: number) {
  const random = new RandomStream(seed, 'update');
  const indices = new Int32Array(count);
  replay.sampleUniform(random, indices, count);
  const rows: Row[] = [...indices].map((index) =>
    Object.fromEntries(
      replay.spec.fields.map(({ name, width }) => [
        name,
        [...replay.field(name).subarray(index * width, (index + 1) * width)],
      ]),
    ),
  );
  return { rows, random };
}

/** Noise f32[rows, width] as an update draws it. */
export function drawNoise(kernels: Kernels, random: RandomStream, rows: number, width: number): number[][] {
  const noise = kernels.f32(rows * width);
  kernels.fillNormal(random.takeBlocks(Math.ceil((rows * width) / 4)), noise, rows * width);
  return Array.from({ length: rows }, (_, b) => [...noise.subarray(b * width, (b + 1) * width)]);
}

export function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 2e-5): void {
  expect(actual).toHaveLength(expected.length);
  for (const [j, value] of expected.entries()) {
    expect(Math.abs(actual[j]! - value), `element ${j}: ${actual[j]} and ${value}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(value)),
    );
  }
}

/** The gradient that one step of plain SGD went along. */
export const gradientGone = (before: readonly number[], after: readonly number[]): number[] =>
  before.map((value, j) => (value - after[j]!) / RATE);
