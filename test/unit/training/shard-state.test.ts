import { describe, expect, test } from 'vitest';
import { createBatch, type EnvironmentBatch, type StateSpec } from '../../../src/envs/index.js';
import { createProgress, loadShard, saveShard } from '../../../src/training/shard-state.js';
import { numbers } from '../../property/kernels/arrays.js';
import { countingEnvironment } from '../envs/counting-environment.js';

const B = 3;
const environments: readonly (readonly [string, StateSpec])[] = [
  ['an environment with state', countingEnvironment().state],
  ['an environment without state', {}],
];

function shardOf(state: StateSpec, seed: number) {
  const batch = createBatch(countingEnvironment({ state }), B);
  const progress = createProgress(2, B);
  const next = numbers(seed);
  for (const array of arraysOf(batch, progress)) array.forEach((_, j) => (array[j] = Math.floor(next() * 200)));
  return { batch, progress };
}

const arraysOf = (batch: EnvironmentBatch, progress: ReturnType<typeof createProgress>) => [
  ...Object.values(batch.state),
  progress.length,
  progress.returns,
  ...batch.observation,
  batch.globalState,
  ...batch.actionMask,
];

describe.each(environments)('the state of a shard, %s', (_, spec) => {
  test('is all that the next batch needs, whatever the arrays held before', () => {
    const from = shardOf(spec, 1);
    const to = shardOf(spec, 2);
    const bytes = saveShard(from.batch, from.progress);
    expect(bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
    loadShard(to.batch, to.progress, bytes);
    expect(arraysOf(to.batch, to.progress)).toEqual(arraysOf(from.batch, from.progress));
    expect([...saveShard(to.batch, to.progress)]).toEqual([...bytes]);
  });

  test('can be loaded from anywhere in memory', () => {
    const from = shardOf(spec, 1);
    const bytes = saveShard(from.batch, from.progress);
    const unaligned = new Uint8Array(bytes.byteLength + 3).subarray(3);
    unaligned.set(bytes);
    const to = shardOf(spec, 2);
    loadShard(to.batch, to.progress, unaligned);
    expect(arraysOf(to.batch, to.progress)).toEqual(arraysOf(from.batch, from.progress));
  });

  test('is refused in any other length', () => {
    const { batch, progress } = shardOf(spec, 1);
    const { byteLength } = saveShard(batch, progress);
    for (const length of [0, 1, 8, byteLength - 8, byteLength - 1, byteLength + 1, byteLength + 8, 2 * byteLength]) {
      expect(() => loadShard(batch, progress, new Uint8Array(length)), `${length} bytes`).toThrowError(
        expect.objectContaining({ code: 'ENV_STATE_CORRUPT' }) as Error,
      );
    }
  });
});
