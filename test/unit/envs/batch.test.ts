import { describe, expect, it } from 'vitest';
import { createBatch, loadState, saveState, stateBytes } from '../../../src/envs/index.js';
import { countingEnvironment } from './counting-environment.js';

describe('createBatch', () => {
  it('allocates every array with the declared size', () => {
    const batch = createBatch(countingEnvironment(), 3);
    expect(batch.observation.map((array) => array.length)).toEqual([6, 3]);
    expect(batch.action.map((array) => array.length)).toEqual([3, 3]);
    expect(batch.actionMask.map((array) => array.length)).toEqual([0, 9]);
    expect(batch.reward.map((array) => array.length)).toEqual([6, 6]);
    expect(batch.episodeMetric.map((array) => array.length)).toEqual([3, 3]);
    expect([batch.globalState, batch.terminated, batch.truncated].map((array) => array.length)).toEqual([3, 3, 3]);
    expect(batch.state.flag).toEqual(new Uint8Array(3));
    expect(batch.state.count).toEqual(new Int32Array(3));
    expect(batch.state.grid).toEqual(new Float64Array(18));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s instances', (instances) => {
    expect(() => createBatch(countingEnvironment(), instances)).toThrow(/whole number of instances/);
  });
});

describe('saved state', () => {
  const environment = countingEnvironment();

  it('is the fields in order, little-endian, each at a multiple of 8', () => {
    const batch = createBatch(environment, 3);
    batch.state.flag.set([1, 2, 3]);
    batch.state.count.set([258, 0, -1]);
    batch.state.grid[17] = 1;
    const bytes = saveState(batch);
    expect(bytes).toHaveLength(8 + 16 + 144);
    expect(stateBytes(environment.state, 3)).toBe(bytes.length);
    expect([...bytes.subarray(0, 8)]).toEqual([1, 2, 3, 0, 0, 0, 0, 0]);
    expect([...bytes.subarray(8, 24)]).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);
    expect([...bytes.subarray(-8)]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
  });

  it('comes back into another batch, from bytes at any offset', () => {
    const batch = createBatch(environment, 2);
    batch.state.flag.set([7, 8]);
    batch.state.count.set([-5, 5]);
    batch.state.grid.set(Array.from({ length: 12 }, (_, j) => j / 3));
    const saved = saveState(batch);
    const shifted = new Uint8Array(saved.length + 3);
    shifted.set(saved, 3);
    const other = createBatch(environment, 2);
    loadState(other, shifted.subarray(3));
    expect(other.state).toEqual(batch.state);
  });

  it.each([
    ['shorter', -1],
    ['longer', 8],
  ])('is refused when it is %s', (_, difference) => {
    const batch = createBatch(environment, 2);
    const bytes = new Uint8Array(saveState(batch).length + difference);
    expect(() => loadState(batch, bytes)).toThrow(
      expect.objectContaining({ code: 'ENV_STATE_CORRUPT', data: expect.objectContaining({ bytes: bytes.length }) }),
    );
  });

  it('is empty where nothing is remembered', () => {
    const batch = createBatch(countingEnvironment({ state: {} }), 2);
    expect(saveState(batch)).toHaveLength(0);
    expect(() => loadState(batch, new Uint8Array(0))).not.toThrow();
  });
});
