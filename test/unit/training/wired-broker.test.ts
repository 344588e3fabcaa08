import { describe, expect, it } from 'vitest';
import { type Broker, createMemoryBroker, type TrajectoryEntry } from '../../../src/broker/index.js';
import type { TrajectoryPiece } from '../../../src/experience/index.js';
import { BufferPool } from '../../../src/training/index.js';
import { createWiredBroker } from '../../../src/training/wired-broker.js';
import { fullLayout, makeBlock } from '../../helpers/wire.js';

const { signal } = new AbortController();
const task = (epoch: number, k: number) => ({ jobId: 'job', shard: 0, k, version: 0, epoch });
const entry = (k: number): TrajectoryEntry => ({ batch: makeBlock(fullLayout, { k }), state: Uint8Array.of(k) });

/** A broker whose trajectories are partly replaced, and the same with wire messages around it. */
async function wire(
  replaced: (broker: Broker) => Partial<Broker['trajectories']>,
  buffers?: BufferPool,
  pieces: readonly TrajectoryPiece[] = [],
) {
  const memory = createMemoryBroker();
  const { trajectories } = memory;
  const broker: Broker = {
    ...memory,
    trajectories: {
      copiesCommitted: trajectories.copiesCommitted,
      open: (...args) => trajectories.open(...args),
      commit: (...args) => trajectories.commit(...args),
      cursor: (...args) => trajectories.cursor(...args),
      read: (...args) => trajectories.read(...args),
      readPiece: (...args) => trajectories.readPiece(...args),
      release: (...args) => trajectories.release(...args),
      close: (...args) => trajectories.close(...args),
      ...replaced(memory),
    },
  };
  const wired = createWiredBroker(broker, {
    layoutOf: async () => ({ layout: fullLayout, policies: [], pieces }),
    piecesHere: () => [],
    ...(buffers === undefined ? {} : { buffers }),
  });
  const epoch = await wired.trajectories.open('job', [{ k: 1, state: null }], 8);
  return { wired, epoch };
}

describe('a broker with wire messages', () => {
  it('encodes into the same memory where the broker beneath copies, once that has taken what was there', async () => {
    const sent: ArrayBufferLike[] = [];
    let failing = false;
    const { wired, epoch } = await wire(({ trajectories }) => ({
      copiesCommitted: true,
      commit: async (of, { batch, state }) => {
        sent.push(batch.buffer);
        if (failing) throw new Error('it may still be on its way');
        // Not slice(): messages are Node.js Buffers, whose slices are views.
        return trajectories.commit(of, { batch: new Uint8Array(batch), state });
      },
    }));
    for (const k of [1, 2]) expect(await wired.trajectories.commit(task(epoch, k), entry(k))).toBe('ok');
    expect(sent[1]).toBe(sent[0]);
    failing = true;
    await expect(wired.trajectories.commit(task(epoch, 3), entry(3))).rejects.toThrow('on its way');
    failing = false;
    await Promise.all([3, 4].map((k) => wired.trajectories.commit(task(epoch, k), entry(k))));
    expect(new Set(sent.slice(2)).size).toBe(3);
    for (const k of [1, 2, 3, 4]) {
      const { batch } = await wired.trajectories.read('job', 0, k, signal);
      expect([...batch]).toEqual([...entry(k).batch]);
    }
  });

  it('keeps its hands off memory that the broker beneath keeps', async () => {
    const { wired, epoch } = await wire(() => ({}));
    for (const k of [1, 2]) await wired.trajectories.commit(task(epoch, k), entry(k));
    for (const k of [1, 2]) {
      const { batch, state } = await wired.trajectories.read('job', 0, k, signal);
      expect([[...batch], [...state]]).toEqual([[...entry(k).batch], [k]]);
    }
  });

  it('frees what it has read as soon as it is decoded', async () => {
    const { wired, epoch } = await wire(
      ({ trajectories }) => ({
        read: async (...args) => {
          const read = await trajectories.read(...args);
          const batch = new Uint8Array(read.batch);
          const state = new Uint8Array(read.state);
          const free = (): void => {
            batch.fill(0xee);
            state.fill(0xee);
          };
          return { batch, state, free };
        },
      }),
      new BufferPool(2),
    );
    await wired.trajectories.commit(task(epoch, 1), entry(1));
    const { batch, state } = await wired.trajectories.read('job', 0, 1, signal);
    expect([[...batch], [...state]]).toEqual([[...entry(1).batch], [1]]);
  });

  it('reads pieces of a batch into its block, and refuses one that is of another batch', async () => {
    const pieces = [0, 1].map((agent) => ({ agents: new Set([agent]), allObservations: false, globalState: true }));
    let shift = 0;
    const { wired, epoch } = await wire(
      ({ trajectories }) => ({
        readPiece: (jobId, shard, k, ...rest) => trajectories.readPiece(jobId, shard, k + shift, ...rest),
      }),
      undefined,
      pieces,
    );
    for (const k of [1, 2]) await wired.trajectories.commit(task(epoch, k), entry(k));
    const place = { jobId: 'job', shard: 0, k: 1 };
    const { batch } = await wired.trajectories.read('job', 0, 1, signal);
    expect([0, 1].map((piece) => wired.pieces.has(batch, piece))).toEqual([true, false]);
    expect([...batch]).not.toEqual([...entry(1).batch]);
    await wired.pieces.load(place, 1, batch, signal);
    expect(wired.pieces.has(batch, 1)).toBe(true);
    expect([...batch]).toEqual([...entry(1).batch]);
    const { bytes } = await wired.trajectories.readPiece('job', 0, 1, 1, signal);
    expect(bytes.byteLength).toBe(batch.byteLength);
    shift = 1;
    const misplaced = { code: 'TRAINING_MESSAGE_MISPLACED', data: { wanted: 'piece 1 of batch 1 of shard 0' } };
    await expect(wired.trajectories.readPiece('job', 0, 1, 1, signal)).rejects.toMatchObject(misplaced);
    const again = (await wired.trajectories.read('job', 0, 1, signal)).batch;
    await expect(wired.pieces.load(place, 1, again, signal)).rejects.toMatchObject(misplaced);
    expect(wired.pieces.has(again, 1)).toBe(false);
  });
});
