import { describe, expect, it } from 'vitest';
import type { Checkpoint, CheckpointStore } from '../../../src/checkpoints/index.js';
import { checkpointOf, plain, tensor } from './making.js';

export interface StoreUnderTest {
  readonly store: CheckpointStore;
  dispose?(): Promise<void>;
}

const iterations = async (store: CheckpointStore): Promise<number[]> =>
  (await store.list()).map((entry) => entry.iteration);

const code = (expected: string) => expect.objectContaining({ code: expected });

/** What cannot be saved, and the field that the error must name. */
const INVALID: readonly { readonly field: string; readonly checkpoint: Checkpoint }[] = [
  { field: 'iteration', checkpoint: { ...checkpointOf(1), iteration: -1 } },
  { field: 'iteration', checkpoint: { ...checkpointOf(1), iteration: 0.5 } },
  { field: 'facts.loss', checkpoint: { ...checkpointOf(1), facts: { loss: Number.NaN } } },
  { field: 'facts.a[1].b', checkpoint: { ...checkpointOf(1), facts: { a: [0, { b: undefined }] } } },
  { field: 'facts.when', checkpoint: { ...checkpointOf(1), facts: { when: new Date(0) } } },
  { field: 'facts.count', checkpoint: { ...checkpointOf(1), facts: { count: 1n } } },
  { field: 'facts', checkpoint: { ...checkpointOf(1), facts: JSON.parse('{"__proto__":{"polluted":1}}') } },
  { field: 'tensors[0].name', checkpoint: { ...checkpointOf(1), tensors: [tensor('', new Uint8Array(1))] } },
  { field: 'tensors[0].name', checkpoint: { ...checkpointOf(1), tensors: [tensor('__proto__', new Uint8Array(1))] } },
  {
    field: 'tensors[1].name',
    checkpoint: { ...checkpointOf(1), tensors: [tensor('a', new Uint8Array(1)), tensor('a', new Uint8Array(1))] },
  },
  { field: 'tensors[0].shape[0]', checkpoint: { ...checkpointOf(1), tensors: [tensor('a', new Uint8Array(1), [-1])] } },
  { field: 'tensors[0].bytes', checkpoint: { ...checkpointOf(1), tensors: [tensor('a', new Float32Array(3), [2])] } },
];

/** What holds for every checkpoint store. */
export function checkpointContract(name: string, factory: () => Promise<StoreUnderTest>): void {
  const withStore = (check: (store: CheckpointStore) => Promise<void>) => async () => {
    const { store, dispose } = await factory();
    try {
      await check(store);
    } finally {
      await dispose?.();
    }
  };

  describe(`checkpoint contract: ${name}`, () => {
    it(
      'is empty at first',
      withStore(async (store) => {
        expect(await store.list()).toEqual([]);
        expect(await store.newest()).toBeNull();
        await expect(store.load(0)).rejects.toThrow(code('CHECKPOINT_UNKNOWN'));
      }),
    );

    it(
      'gives back what it was given, bit for bit',
      withStore(async (store) => {
        const saved = await store.save(checkpointOf(3), 2);
        expect(saved.iteration).toBe(3);
        expect(saved.bytes).toBeGreaterThan(0);
        expect(Number.isInteger(saved.savedAt)).toBe(true);
        expect(plain(await store.load(3))).toEqual(plain(checkpointOf(3)));
        expect(await store.list()).toEqual([saved]);
        const newest = await store.newest();
        expect(newest?.corrupt).toEqual([]);
        expect(newest && plain(newest.checkpoint)).toEqual(plain(checkpointOf(3)));
      }),
    );

    it(
      'hands out tensors that typed arrays can lie on without a copy',
      withStore(async (store) => {
        await store.save(checkpointOf(1), 1);
        for (const { bytes } of (await store.load(1)).tensors) expect(bytes.byteOffset % 64).toBe(0);
      }),
    );

    it(
      'saves a checkpoint without facts and tensors',
      withStore(async (store) => {
        await store.save({ iteration: 0, facts: {}, tensors: [] }, 1);
        expect(plain(await store.load(0))).toEqual({ iteration: 0, facts: {}, tensors: [] });
      }),
    );

    it(
      'takes its copy before save returns, and gives out copies',
      withStore(async (store) => {
        const weights = new Float32Array([1, 2, 3]);
        const saving = store.save({ iteration: 1, facts: {}, tensors: [tensor('w', weights)] }, 1);
        weights.fill(9);
        await saving;
        const first = await store.load(1);
        expect(plain(first)).toEqual(
          plain({ iteration: 1, facts: {}, tensors: [tensor('w', Float32Array.of(1, 2, 3))] }),
        );
        first.tensors[0]?.bytes.fill(0);
        expect(plain(await store.load(1))).not.toEqual(plain(first));
      }),
    );

    it(
      'takes tensors that lie in shared memory',
      withStore(async (store) => {
        const shared = new Float32Array(new SharedArrayBuffer(64), 16, 4).fill(2.5);
        await store.save({ iteration: 1, facts: {}, tensors: [tensor('w', shared)] }, 1);
        expect(plain(await store.load(1))).toEqual(
          plain({ iteration: 1, facts: {}, tensors: [tensor('w', new Float32Array(4).fill(2.5))] }),
        );
      }),
    );

    it(
      'keeps the newest, as many as it is told, oldest first',
      withStore(async (store) => {
        for (const iteration of [10, 20, 100, 30]) await store.save(checkpointOf(iteration), 3);
        expect(await iterations(store)).toEqual([20, 30, 100]);
        expect((await store.newest())?.checkpoint.iteration).toBe(100);
        await store.save(checkpointOf(110), 1);
        expect(await iterations(store)).toEqual([110]);
      }),
    );

    it(
      'replaces a checkpoint of the same iteration',
      withStore(async (store) => {
        await store.save(checkpointOf(5), 3);
        await store.save({ ...checkpointOf(5), facts: { second: true } }, 3);
        expect(await iterations(store)).toEqual([5]);
        expect((await store.load(5)).facts).toEqual({ second: true });
      }),
    );

    it(
      'takes saves that overlap',
      withStore(async (store) => {
        await Promise.all([1, 2, 3, 4, 5].map((iteration) => store.save(checkpointOf(iteration), 2)));
        expect(await iterations(store)).toEqual([4, 5]);
        for (const iteration of [4, 5])
          expect(plain(await store.load(iteration))).toEqual(plain(checkpointOf(iteration)));
      }),
    );

    it.each([0, -1, 1.5, Number.NaN])('refuses to keep %d', (keep) =>
      withStore(async (store) => {
        await expect(store.save(checkpointOf(1), keep)).rejects.toThrow(code('CHECKPOINT_INVALID'));
        expect(await store.list()).toEqual([]);
      })(),
    );

    it.each(INVALID)('refuses a checkpoint with a wrong $field', ({ field, checkpoint }) =>
      withStore(async (store) => {
        await expect(store.save(checkpoint, 1)).rejects.toThrow(
          expect.objectContaining({ code: 'CHECKPOINT_INVALID', data: { field } }),
        );
        expect(await store.list()).toEqual([]);
      })(),
    );
  });
}
