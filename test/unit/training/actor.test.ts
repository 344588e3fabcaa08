import { describe, expect, it } from 'vitest';
import { type Broker, createMemoryBroker } from '../../../src/broker/index.js';
import { BufferPool, runActor } from '../../../src/training/index.js';
import type { Workers } from '../../../src/training/workers.js';

/** Promises that a test settles when it wants. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const collected = (k: number, target?: SharedArrayBuffer) => ({
  batch: new Uint8Array(target ?? new SharedArrayBuffer(4)).fill(k),
  state: Uint8Array.of(k),
  seconds: { environment: 0, policy: 0, transfer: 0 },
});

/** A broker with a task of each shard, whose commits wait for `committing`. */
async function setUp(copiesCommitted: boolean, shards = 3) {
  const broker = createMemoryBroker();
  const log: string[] = [];
  const committing = gate();
  const epoch = await broker.trajectories.open(
    'job',
    Array.from({ length: shards }, () => ({ k: 0, state: null })),
    8,
  );
  await broker.weights.publish('job', 0, epoch, Uint8Array.of(0));
  await broker.tasks.issue(
    Array.from({ length: shards }, (_, shard) => ({ jobId: 'job', shard, k: 0, version: 0, epoch })),
  );
  const targets: (SharedArrayBuffer | undefined)[] = [];
  const workers = {
    run: async (_jobId: string, _kind: string, request: { shard: number; target?: SharedArrayBuffer }) => {
      log.push(`collect ${request.shard}`);
      targets.push(request.target);
      return collected(request.shard, request.target);
    },
  } as unknown as Workers;
  const watched: Broker = {
    ...broker,
    trajectories: Object.assign(Object.create(broker.trajectories) as Broker['trajectories'], {
      copiesCommitted,
      commit: async (...args: Parameters<Broker['trajectories']['commit']>) => {
        log.push(`commit ${args[0].shard}`);
        await committing.opened;
        return broker.trajectories.commit(...args);
      },
      cursor: (jobId: string, shard: number) => broker.trajectories.cursor(jobId, shard),
    }),
  };
  return { broker, watched, workers, log, committing, targets };
}

describe('an actor', () => {
  it('collects the next batch while the last one is on its way, and no more', async () => {
    const { watched, workers, log, committing } = await setUp(false);
    const stopping = new AbortController();
    const done: number[] = [];
    const acting = runActor(watched, workers, stopping.signal, { onDone: ({ shard }) => void done.push(shard) });
    await expect.poll(() => log).toEqual(['collect 0', 'commit 0', 'collect 1']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['collect 0', 'commit 0', 'collect 1']);
    committing.open();
    await expect.poll(() => done).toEqual([0, 1, 2]);
    stopping.abort();
    await acting;
  });

  describe.each([
    ['takes the next task ahead where batches are quick, and gives it back', 0, 1],
    ['leaves the next task to others where batches take long', 1, 2],
  ])('%s', (_, seconds, left) => {
    it.each(['it is stopped', 'the broker fails it'])('when %s', async (reason) => {
      const { broker, watched, workers, committing } = await setUp(false, 4);
      committing.open();
      const failing = gate();
      const begun = gate();
      const held = {
        run: async (jobId: string, kind: 'collect', request: { shard: number }) => {
          const result = await workers.run(jobId, kind, request as never);
          if (request.shard === 1) {
            begun.open();
            await failing.opened;
            throw new Error('gone');
          }
          return { ...result, seconds: { environment: seconds, policy: 0, transfer: 0 } };
        },
      } as unknown as Workers;
      const stopping = new AbortController();
      const refusing: Broker = {
        ...watched,
        tasks: Object.assign(Object.create(broker.tasks) as Broker['tasks'], {
          take: async (signal: AbortSignal) => ({
            ...(await broker.tasks.take(signal)),
            fail: () => Promise.reject(new Error('away')),
          }),
        }),
      };
      const acting = runActor(refusing, held, stopping.signal);
      await begun.opened;
      const waiting = async () => (await broker.tasks.backlog()).get('job');
      await expect.poll(waiting).toBe(left);
      const stopped = reason === 'it is stopped';
      if (stopped) stopping.abort();
      failing.open();
      await (stopped ? acting : expect(acting).rejects.toThrow('away'));
      // Stopped, it gives back what it had begun, too.
      await expect.poll(waiting).toBe(stopped ? 3 : 2);
      await broker.close();
    });
  });

  it('asks for the weights of a task and for the state of its shard at once', async () => {
    const { watched, workers, log, committing } = await setUp(false, 1);
    const told = gate();
    const slow: Broker = {
      ...watched,
      trajectories: Object.assign(Object.create(watched.trajectories) as Broker['trajectories'], {
        cursor: async (jobId: string, shard: number) => {
          await told.opened;
          return watched.trajectories.cursor(jobId, shard);
        },
      }),
      weights: Object.assign(Object.create(watched.weights) as Broker['weights'], {
        fetch: (jobId: string, version: number) => {
          log.push(`fetch ${version}`);
          return watched.weights.fetch(jobId, version);
        },
      }),
    };
    const stopping = new AbortController();
    const acting = runActor(slow, workers, stopping.signal);
    await expect.poll(() => log).toEqual(['fetch 0']);
    told.open();
    await expect.poll(() => log).toEqual(['fetch 0', 'collect 0', 'commit 0']);
    stopping.abort();
    committing.open();
    await acting;
  });

  it('is done with a task whose batch was committed before, also where its weights are gone', async () => {
    const { broker, watched, workers, log } = await setUp(false, 1);
    const epoch = await broker.trajectories.open('job', [{ k: 1, state: Uint8Array.of(0) }], 8);
    await broker.weights.prune('job', 9, epoch);
    const stopping = new AbortController();
    const done: number[] = [];
    const acting = runActor(watched, workers, stopping.signal, { onDone: ({ shard }) => void done.push(shard) });
    await expect.poll(() => done).toEqual([0]);
    expect(log).toEqual([]);
    stopping.abort();
    await acting;
  });

  it('ends when the batch on its way is there', async () => {
    const { broker, watched, workers, log, committing } = await setUp(false, 1);
    const stopping = new AbortController();
    let ended = false;
    const acting = runActor(watched, workers, stopping.signal).then(() => {
      ended = true;
    });
    await expect.poll(() => log).toContain('commit 0');
    stopping.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    committing.open();
    await acting;
    expect((await broker.trajectories.cursor('job', 0)).k).toBe(1);
  });

  it.each([true, false])('gives memory back where the broker copies (%s)', async (copies) => {
    const { watched, workers, committing, targets } = await setUp(copies);
    const stopping = new AbortController();
    const buffers = new BufferPool(2);
    const own = new SharedArrayBuffer(4);
    buffers.give(own);
    committing.open();
    const done: number[] = [];
    const acting = runActor(watched, workers, stopping.signal, {
      buffers,
      onDone: ({ shard }) => void done.push(shard),
    });
    await expect.poll(() => done).toEqual([0, 1, 2]);
    stopping.abort();
    await acting;
    expect(targets[0]).toBe(own);
    expect(targets.filter((target) => target === own).length > 1).toBe(copies);
  });
});
