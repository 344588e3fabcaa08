import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Broker, createMemoryBroker, type RolloutTask } from '../../../src/broker/index.js';
import { actingVersion, LockstepSchedule } from '../../../src/training/lockstep.js';
import { numbers } from '../kernels/arrays.js';

const size = (max: number) => fc.integer({ min: 1, max });
const setup = fc.record({
  shards: size(5),
  actors: size(6),
  lag: fc.nat(3),
  start: fc.nat(4),
  iterations: size(7),
  seed: fc.integer({ min: 0 }),
});

const entryOf = (shard: number, k: number) => ({ batch: Uint8Array.of(shard, k), state: Uint8Array.of(k) });

/** Lets everything that can go on do so, `turns` times. */
async function pause(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve();
}

it('issues every (s, k) once, with version max(0, k − lag), when that is published, and hands out batches in shard order', async () => {
  await fc.assert(
    fc.asyncProperty(setup, async ({ shards, actors, lag, start, iterations, seed }) => {
      const broker = createMemoryBroker();
      const next = numbers(seed);
      const someTurns = () => pause(Math.floor(next() * 40));
      const end = start + iterations;
      const cursors = Array.from({ length: shards }, () => ({ k: start, state: null }));
      const epoch = await broker.trajectories.open('job', cursors, lag + 1);
      const published = new Set(Array.from({ length: start + 1 }, (_, version) => version));
      const issued: RolloutTask[] = [];
      const watched: Broker = {
        ...broker,
        tasks: {
          issue: async (tasks) => {
            for (const task of tasks) {
              expect(published).toContain(task.version);
              issued.push(task);
            }
            await someTurns();
            await broker.tasks.issue(tasks);
          },
          take: (signal) => broker.tasks.take(signal),
          backlog: async () => new Map(),
          withdraw: (jobId) => broker.tasks.withdraw(jobId),
          failure: (jobId, signal) => broker.tasks.failure(jobId, signal),
        },
      };
      const schedule = new LockstepSchedule(watched, { jobId: 'job', epoch, shards, lag, start, end }, start);
      const running = new AbortController();
      const stopping = new AbortController();
      const act = async (): Promise<void> => {
        while (!stopping.signal.aborted) {
          const lease = await broker.tasks.take(stopping.signal).catch(() => null);
          if (lease === null) return;
          await someTurns();
          const { shard, k } = lease.task;
          expect(await broker.trajectories.commit(lease.task, entryOf(shard, k))).toBe('ok');
          await lease.complete();
        }
      };
      const acting = Array.from({ length: actors }, act);
      schedule.run(running.signal);
      for (let k = start; k < end; k++) {
        const { batches, dropped } = await schedule.take(k);
        expect(batches).toEqual(Array.from({ length: shards }, (_, shard) => ({ shard, k, entry: entryOf(shard, k) })));
        expect(dropped).toEqual([]);
        await someTurns();
        await broker.trajectories.release('job', k + 1);
        published.add(k + 1);
        schedule.publish(k + 1);
        await someTurns();
      }
      await pause(200);
      running.abort();
      stopping.abort();
      await Promise.all(acting);
      await broker.close();

      const expected: RolloutTask[] = [];
      for (let shard = 0; shard < shards; shard++) {
        for (let k = start; k < end; k++) {
          expected.push({ jobId: 'job', shard, k, version: actingVersion(k, lag), epoch });
        }
      }
      expect(issued.sort((a, b) => a.shard - b.shard || a.k - b.k)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

it('runs ahead of the learner by lag + 1 batches, and no further', async () => {
  for (const lag of [0, 1, 3]) {
    const broker = createMemoryBroker();
    const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], lag + 1);
    const options = { jobId: 'job', epoch, shards: 1, lag, start: 0, end: Infinity };
    const schedule = new LockstepSchedule(broker, options, 0);
    const running = new AbortController();
    schedule.run(running.signal);
    let committed = 0;
    const act = async (): Promise<void> => {
      for (;;) {
        const lease = await broker.tasks.take(running.signal);
        expect(await broker.trajectories.commit(lease.task, entryOf(0, lease.task.k))).toBe('ok');
        committed++;
        await lease.complete();
      }
    };
    const acting = act().catch(() => {});
    await pause(500);
    expect(committed).toBe(lag + 1);
    await broker.trajectories.release('job', 1);
    schedule.publish(1);
    await pause(500);
    expect(committed).toBe(lag + 2);
    running.abort();
    await acting;
  }
});

it('a shard that cannot go on ends the wait for its batch, with the broker’s error', async () => {
  const broker = createMemoryBroker();
  const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 1);
  const options = { jobId: 'job', epoch, shards: 1, lag: 0, start: 0, end: 5 };
  const schedule = new LockstepSchedule(broker, options, 0);
  schedule.run(new AbortController().signal);
  const waiting = schedule.take(0);
  await pause(20);
  await broker.close();
  await expect(waiting).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
  await expect(schedule.take(0)).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
});

it('issues the tasks of all shards at once, when all are due', async () => {
  const broker = createMemoryBroker();
  const shards = 4;
  const epoch = await broker.trajectories.open(
    'job',
    Array.from({ length: shards }, () => ({ k: 0, state: null })),
    2,
  );
  const calls: string[][] = [];
  const watched: Broker = {
    ...broker,
    tasks: {
      issue: async (tasks) => void calls.push(tasks.map(({ shard, k }) => `${shard}/${k}`)),
      take: (signal) => broker.tasks.take(signal),
      backlog: async () => new Map(),
      withdraw: (jobId) => broker.tasks.withdraw(jobId),
      failure: (jobId, signal) => broker.tasks.failure(jobId, signal),
    },
  };
  const schedule = new LockstepSchedule(watched, { jobId: 'job', epoch, shards, lag: 0, start: 0, end: 9 }, 0);
  const running = new AbortController();
  schedule.run(running.signal);
  await pause(50);
  for (let shard = 0; shard < shards; shard++) {
    await broker.trajectories.commit({ jobId: 'job', shard, k: 0, version: 0, epoch }, entryOf(shard, 0));
  }
  await schedule.take(0);
  schedule.publish(1);
  await pause(50);
  running.abort();
  const all = (k: number) => Array.from({ length: shards }, (_, shard) => `${shard}/${k}`);
  expect(calls).toEqual([all(0), all(1)]);
});
