import { expect, test } from 'vitest';
import { type Broker, createMemoryBroker, type RolloutTask } from '../../../src/broker/index.js';
import { AsynchronousSchedule } from '../../../src/training/asynchronous.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A job of `shards` shards in the schedule, whose tasks nobody takes by itself. A batch's first byte is the version that acted. */
async function begin(
  shards: number,
  limits: Partial<{ batchesPerIteration: number; batchesPerShard: number; maxPolicyLag: number }> = {},
  start: readonly number[] = new Array<number>(shards).fill(0),
) {
  const broker = createMemoryBroker();
  const cursors = start.map((k) => ({ k, state: null }));
  const { batchesPerShard = 2, ...others } = limits;
  const epoch = await broker.trajectories.open('job', cursors, batchesPerShard);
  const issued: RolloutTask[] = [];
  const watched: Broker = {
    ...broker,
    tasks: { ...broker.tasks, issue: async (tasks) => void issued.push(...tasks) } as Broker['tasks'],
  };
  const schedule = new AsynchronousSchedule(
    watched,
    {
      jobId: 'job',
      epoch,
      cursors: start,
      batchesPerIteration: 2,
      maxPolicyLag: 3,
      ...others,
      batchesPerShard,
      versionOf: (batch) => batch[0],
    },
    0,
  );
  const running = new AbortController();
  schedule.run(running.signal);
  const commit = (shard: number, k: number, version = 0) =>
    broker.trajectories.commit(
      { jobId: 'job', shard, k, version, epoch },
      { batch: bytes(version, shard, k), state: bytes(shard, k + 1) },
    );
  const told = () => issued.map(({ shard, k }) => `${shard}/${k}`);
  return { broker, schedule, issued, told, commit, running };
}

const turns = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const places = (batches: readonly { shard: number; k: number }[]) => batches.map(({ shard, k }) => `${shard}/${k}`);

test('an iteration consumes what came first, whichever shards it is from', async () => {
  const { schedule, commit } = await begin(3);
  await turns();
  await commit(2, 0);
  await turns();
  await commit(2, 1);
  await turns();
  await commit(0, 0);
  const { batches, dropped } = await schedule.take(0);
  expect(places(batches)).toEqual(['2/0', '2/1']);
  expect(dropped).toEqual([]);
  expect([...batches[1].entry.batch]).toEqual([0, 2, 1]);
  await commit(1, 0);
  expect(places((await schedule.take(1)).batches)).toEqual(['0/0', '1/0']);
});

test('a shard goes on at once, until it has as many batches waiting as it may have', async () => {
  const { schedule, told, commit } = await begin(2);
  await turns();
  expect(told()).toEqual(['0/0', '1/0']);
  await commit(0, 0);
  await turns();
  expect(told()).toEqual(['0/0', '1/0', '0/1']);
  expect(await commit(0, 1)).toBe('ok');
  await turns();
  // Two wait: the shard waits for the learner.
  expect(told()).toEqual(['0/0', '1/0', '0/1']);
  await schedule.take(0);
  await turns();
  expect(told().slice(3)).toEqual(['0/2']);
  // And there is room for what it collects.
  expect(await commit(0, 2)).toBe('ok');
});

test('tasks ask for the newest weights', async () => {
  const { schedule, issued, commit } = await begin(1);
  schedule.publish(7);
  await turns();
  await commit(0, 0);
  await turns();
  expect(issued).toMatchObject([
    { version: 0, newest: true },
    { version: 7, newest: true },
  ]);
});

test('batches that are too old are passed over, told, and make room', async () => {
  const { schedule, told, commit } = await begin(1, { maxPolicyLag: 3, batchesPerIteration: 2 });
  await turns();
  await commit(0, 0, 1);
  await turns();
  await commit(0, 1, 2);
  const taking = schedule.take(5);
  await turns();
  // 5 − 1 is beyond the bound, 5 − 2 is not: one is missing, and the shard may collect it.
  expect(told().slice(2)).toEqual(['0/2']);
  await commit(0, 2, 5);
  const { batches, dropped } = await taking;
  expect(places(dropped)).toEqual(['0/0']);
  expect(places(batches)).toEqual(['0/1', '0/2']);
});

test('shards begin where a checkpoint left them', async () => {
  const { told, commit, schedule } = await begin(2, {}, [4, 9]);
  await turns();
  expect(told()).toEqual(['0/4', '1/9']);
  await commit(1, 9);
  await commit(0, 4);
  expect(places((await schedule.take(0)).batches)).toEqual(['1/9', '0/4']);
});

test('whoever waits gets the error that ends it, and so does whoever comes later', async () => {
  const { schedule, broker } = await begin(1);
  await turns();
  const waiting = schedule.take(0);
  schedule.fail(new Error('the first'));
  await expect(waiting).rejects.toThrow('the first');
  await broker.close();
  await expect(schedule.take(1)).rejects.toThrow('the first');
});

test('a shard that cannot go on ends the wait', async () => {
  const { schedule, broker } = await begin(2);
  await turns();
  const waiting = schedule.take(0);
  await broker.close();
  await expect(waiting).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
});
