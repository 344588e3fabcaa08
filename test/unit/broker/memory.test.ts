import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createMemoryBroker } from '../../../src/broker/index.js';

const task = (shard: number, jobId = 'job') => ({ jobId, shard, k: 0, version: 0, epoch: 1 });
const failure = { code: 'X', message: 'x', retryable: true, data: {} };
const { signal } = new AbortController();

describe('memory broker', () => {
  it('leaves no listener on a signal, however many waits it saw', async () => {
    const broker = createMemoryBroker();
    const controller = new AbortController();
    const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 4);
    const listeners = () => getEventListeners(controller.signal, 'abort').length;

    const waits = Array.from({ length: 500 }, () => broker.tasks.take(controller.signal));
    const reads = Array.from({ length: 500 }, () => broker.trajectories.read('job', 0, 0, controller.signal));
    await Promise.resolve();
    expect(listeners()).toBe(1);
    await broker.tasks.issue(Array.from({ length: 500 }, (_, shard) => task(shard)));
    await broker.trajectories.commit({ ...task(0), epoch }, { batch: new Uint8Array(1), state: new Uint8Array(1) });
    await Promise.all([...waits, ...reads]);
    expect(listeners()).toBe(0);

    const aborted = Array.from({ length: 500 }, () => broker.tasks.take(controller.signal));
    const outcomes = Promise.allSettled(aborted);
    controller.abort(new Error('enough'));
    expect((await outcomes).every((outcome) => outcome.status === 'rejected')).toBe(true);
    expect(listeners()).toBe(0);
  });

  it('leaves no listener on a signal when it closes', async () => {
    const broker = createMemoryBroker();
    const controller = new AbortController();
    const outcome = Promise.allSettled([broker.tasks.take(controller.signal), broker.jobs.take(controller.signal)]);
    await broker.close();
    await outcome;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('keeps bytes by reference, also on shared memory', async () => {
    const broker = createMemoryBroker();
    const shared = new Uint8Array(new SharedArrayBuffer(64), 16, 8).fill(3);
    const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 4);
    await broker.trajectories.commit({ ...task(0), epoch }, { batch: shared, state: shared });
    expect((await broker.trajectories.read('job', 0, 0, signal)).batch).toBe(shared);
    expect((await broker.trajectories.cursor('job', 0)).state).toBe(shared);
    await broker.weights.publish('job', 0, epoch, shared);
    await broker.weights.publish('job', 0, epoch, new Uint8Array(8).fill(3));
    expect(await broker.weights.fetch('job', 0)).toEqual(new Uint8Array(8).fill(3));
  });

  it('hands a retried task out before those issued after it', async () => {
    const broker = createMemoryBroker();
    await broker.tasks.issue([task(0), task(1), task(2)]);
    await (await broker.tasks.take(signal)).fail(failure);
    const next = await broker.tasks.take(signal);
    expect([next.task.shard, next.attempt]).toEqual([0, 1]);
    for (const shard of [1, 2]) expect((await broker.tasks.take(signal)).task.shard).toBe(shard);
  });

  it('gives a job with one task its turn among jobs with many, round after round', async () => {
    const broker = createMemoryBroker();
    for (const jobId of ['a', 'b'])
      await broker.tasks.issue(Array.from({ length: 200 }, (_, shard) => task(shard, jobId)));
    const order: string[] = [];
    for (let i = 0; i < 100; i++) {
      if (i % 10 === 0) await broker.tasks.issue([task(i, 'c')]);
      const lease = await broker.tasks.take(signal);
      order.push(lease.task.jobId);
      await lease.complete();
    }
    const count = (jobId: string) => order.filter((taken) => taken === jobId).length;
    expect([count('a'), count('b'), count('c')]).toEqual([45, 45, 10]);
    // A task of c never waits for more than one task of each of the others.
    for (let i = 0; i < 100; i += 10) expect(order.slice(i, i + 3)).toContain('c');
  });

  it('hands tasks out in order through a queue that never runs empty', async () => {
    const broker = createMemoryBroker();
    let issued = 0;
    await broker.tasks.issue(Array.from({ length: 50 }, () => task(issued++)));
    for (let expected = 0; expected < 500; expected++) {
      await broker.tasks.issue([task(issued++)]);
      const lease = await broker.tasks.take(signal);
      expect(lease.task.shard).toBe(expected);
      await lease.complete();
    }
  });

  it('tries a task as often as it says by default', async () => {
    const broker = createMemoryBroker();
    await broker.tasks.issue([task(0)]);
    for (let attempt = 0; attempt < 5; attempt++) {
      const lease = await broker.tasks.take(signal);
      expect(lease.attempt).toBe(attempt);
      await lease.fail(failure);
    }
    expect((await broker.tasks.failure('job', signal)).failure.data).toEqual({ attempts: 5 });
  });

  it('stamps events with the clock it is given', async () => {
    const broker = createMemoryBroker({}, { clock: { now: () => 1234, monotonic: () => 0 } });
    expect((await broker.events.append('job', 'note', '{}')).at).toBe(1234);
  });

  it.each([{ maxAttempts: 0 }, { eventLimit: 0.5 }])('refuses the options %j', (options) => {
    expect(() => createMemoryBroker(options)).toThrow(expect.objectContaining({ code: 'BROKER_ARGUMENT_INVALID' }));
  });
});
