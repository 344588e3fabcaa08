import { describe, expect, test } from 'vitest';
import { readTrajectory, trajectoryLayout } from '../../../src/experience/index.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { found, fullShape, play, writerFor } from './collecting.js';

const { bytes: _, ...nothing } = play(writerFor(fullShape).writer);

describe('a batch read back is the batch that was played', () => {
  test.each([
    ['no episode ends', () => []],
    ['one ends in the last step', (t: number) => (t === 2 ? [1] : [])],
    ['several end, twice in one instance', (t: number) => (t === 1 ? [0, 3] : t === 2 ? [3] : [])],
    ['all end in every step', () => [0, 1, 2, 3]],
  ] as const)('%s', (_name, ended) => {
    for (const kernels of [undefined, createWasmKernels()]) {
      const { writer, layout } = writerFor(fullShape, kernels);
      const { bytes, ...kept } = play(writer, { shard: 5, k: 9, policyVersion: 8, ended });
      const batch = readTrajectory(layout, bytes);
      expect(found(batch)).toEqual(kept);
      expect(batch).toMatchObject({ shard: 5, k: 9, policyVersion: 8 });
    }
  });

  test('more episodes end than the writer first has room for', () => {
    const { writer, layout } = writerFor({ ...fullShape, horizon: 9, instances: 40 });
    const { bytes, ...kept } = play(writer, { ended: () => Array.from({ length: 40 }, (_, b) => b) });
    expect(kept.finalRow).toHaveLength(360);
    expect(found(readTrajectory(layout, bytes))).toEqual(kept);
  });
});

test('of agents that are not asked for, nothing is read', () => {
  const { writer, layout } = writerFor(fullShape);
  const { bytes } = play(writer, { ended: (t) => (t === 1 ? [0, 3] : []) });
  const whole = readTrajectory(layout, bytes);
  const { agents, ...rest } = readTrajectory(layout, bytes, [1]);
  expect(Object.keys(agents)).toEqual(['1']);
  expect(agents).toHaveLength(fullShape.agents.length);
  expect(agents[1]).toEqual(whole.agents[1]);
  expect(rest).toEqual({ ...whole, agents: undefined });
  // The offsets of the last number of finals are kept: they must not be those of another.
  expect(layout.finalOffsets(2)).not.toEqual(layout.finalOffsets(400));
  expect(layout.finalOffsets(2)).toEqual(trajectoryLayout(fullShape).finalOffsets(2));
});

test('a batch knows nothing of the one before it', () => {
  const { writer, layout } = writerFor(fullShape);
  play(writer, { seed: 9, ended: () => [0, 1, 2, 3] });
  const { bytes, ...kept } = play(writer);
  expect(found(readTrajectory(layout, bytes))).toEqual(kept);
  expect(kept).toEqual(nothing);
  expect(writer.episodes.every((sum) => sum > 0)).toBe(true);
  writer.begin(0, 0, 0);
  expect(writer.episodes.every((sum) => sum === 0)).toBe(true);
  const { observation, reward, actionMask, globalState } = writer.outputs;
  for (const array of [...observation, ...reward, ...actionMask, globalState]) {
    expect(array.every((value) => value === 0)).toBe(true);
  }
});

describe('memory of an earlier batch', () => {
  const ended = (t: number): number[] => (t === 1 ? [2] : []);

  test('is used again if it is large enough, whatever it held', () => {
    const { writer, layout } = writerFor(fullShape);
    const fresh = play(writer, { ended }).bytes;
    for (const surplus of [0, 1, 4096]) {
      const target = new SharedArrayBuffer(layout.totalBytes(1) + surplus);
      new Uint8Array(target).fill(0xaa);
      const again = play(writer, { ended }, target).bytes;
      expect(again.buffer).toBe(target);
      expect(Buffer.compare(again, fresh)).toBe(0);
    }
  });

  test('is left alone if it is too small', () => {
    const { writer, layout } = writerFor(fullShape);
    const target = new SharedArrayBuffer(layout.totalBytes(1) - 1);
    const { bytes } = play(writer, { ended }, target);
    expect(bytes.buffer).not.toBe(target);
    expect(new Uint8Array(target).every((byte) => byte === 0)).toBe(true);
    expect(bytes.byteLength).toBe(layout.totalBytes(1));
  });
});

test.each([NaN, Infinity, -Infinity])('a final observation of %s is told of, wherever it stands', (bad) => {
  const { writer } = writerFor(fullShape);
  const ended = Int32Array.of(0, 3);
  for (const place of ['first agent', 'last element', 'global state'] as const) {
    play(writer);
    const next = writer.rows[2];
    expect(writer.keepFinals(1, ended, 2)).toBe(true);
    if (place === 'first agent') next.agents[0].observation[0] = bad;
    if (place === 'last element') next.agents[1].observation[4 * 5 - 1] = bad;
    if (place === 'global state') next.globalState[3 * 3] = bad;
    expect(writer.keepFinals(1, ended, 2), place).toBe(false);
    // Instances that go on are not looked at here.
    expect(writer.keepFinals(1, Int32Array.of(1, 2), 2), place).toBe(true);
  }
});

test('a writer gives its memory back', () => {
  const kernels = createWasmKernels();
  const before = kernels.allocatedBytes;
  const { writer } = writerFor(fullShape, kernels);
  expect(kernels.allocatedBytes).toBeGreaterThan(before);
  writer.dispose();
  expect(kernels.allocatedBytes).toBe(before);
});

test('views that show nothing are made once, all others for every step', () => {
  const { writer } = writerFor(fullShape);
  const views = writer.rows.flatMap(({ agents, terminated, truncated, globalState }) => [
    ...[terminated, truncated, globalState],
    ...agents.flatMap((agent) => Object.values(agent)),
  ]);
  const shown = views.filter(({ length }) => length > 0);
  expect(new Set(views).size - new Set(shown).size).toBe(2);
  expect(new Set(shown).size).toBe(shown.length);
});
