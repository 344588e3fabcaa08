import { describe, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../../src/base/index.js';
import { type Broker, createPatientBroker } from '../../../src/broker/index.js';
import { openBroker, openShards, patience, rolloutTask, trajectoryEntry } from '../../helpers/redis/brokers.js';
import { LossyProxy } from '../../helpers/redis/proxy.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { uniquePrefix, withRedis } from '../../helpers/redis/testing.js';

const SHARDS = 3;
const CAPACITY = 2;
/** Enough for the ways of large values, several reads of a socket long. */
const ENTRY_BYTES = 600_000;

const patient = (broker: Broker): Broker =>
  createPatientBroker(broker, {}, { clock: systemClock, logger: silentLogger });

/** What an actor does with its tasks, until the signal aborts. Its entry says which (s, k) it is. */
async function act(broker: Broker, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const lease = await broker.tasks.take(signal);
      const { shard, k } = lease.task;
      const { k: cursor } = await broker.trajectories.cursor('job', shard);
      if (cursor <= k) await broker.trajectories.commit(lease.task, trajectoryEntry(stamp(shard, k), ENTRY_BYTES));
      await lease.complete();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

const stamp = (shard: number, k: number): number => (shard * 100 + k) % 250;

/** What a learner does: issues, reads in order, releases. Gives what it consumed. */
async function learn(broker: Broker, iterations: number, afterEach: (k: number) => Promise<void>): Promise<string[]> {
  const epoch = await openShards(broker, SHARDS, CAPACITY);
  const consumed: string[] = [];
  for (let k = 0; k < iterations; k++) {
    const tasks = Array.from({ length: SHARDS }, (_, shard) => rolloutTask({ shard, k, epoch, version: k }));
    await broker.weights.publish('job', k, epoch, new Uint8Array([k]));
    await broker.tasks.issue(tasks);
    for (let shard = 0; shard < SHARDS; shard++) {
      const entry = await broker.trajectories.read('job', shard, k, patience());
      consumed.push(`${shard}/${k}/${entry.batch[0] === stamp(shard, k)}/${entry.batch.length}`);
    }
    await broker.weights.prune('job', k);
    await broker.trajectories.release('job', k + 1);
    await broker.events.append('job', 'iteration', `${k}`);
    await afterEach(k);
  }
  return consumed;
}

const expected = (iterations: number): string[] =>
  Array.from({ length: iterations * SHARDS }, (_, i) => `${i % SHARDS}/${Math.floor(i / SHARDS)}/true/${ENTRY_BYTES}`);

/** A learner and two actors over one Redis, on which `disturb` is let loose at the k-th iteration, while they work on. */
async function train(redis: TestRedis, iterations: number, disturb: (k: number) => Promise<void>): Promise<string[]> {
  const settings = { url: redis.url, prefix: uniquePrefix(), checkMs: 200, requestTimeoutMs: 500 };
  const brokers = await Promise.all([0, 1, 2].map(async () => patient(await openBroker(settings))));
  const stop = new AbortController();
  const acting = brokers.slice(1).map((broker) => act(broker, stop.signal));
  try {
    return await learn(brokers[0]!, iterations, disturb);
  } finally {
    stop.abort();
    await Promise.all(acting);
  }
}

describe('over a Redis that fails, every (s, k) is consumed once and in order', () => {
  it('when all clients are disconnected, again and again', async () => {
    const redis = await TestRedis.start();
    const consumed = await train(redis, 12, async (k) => {
      if (k % 2 === 1) void redis.killClients();
    });
    expect(consumed).toEqual(expected(12));
  });

  it('when it is killed and restarted from its append-only file', async () => {
    const redis = await TestRedis.start({ appendonly: 'yes', appendfsync: 'always' });
    const consumed = await train(redis, 8, async (k) => {
      if (k !== 2 && k !== 5) return;
      await redis.kill();
      void redis.start();
    });
    expect(consumed).toEqual(expected(8));
  });

  it('when it freezes for longer than leases and requests last', async () => {
    const redis = await TestRedis.start();
    const consumed = await train(redis, 6, async (k) => {
      if (k !== 2) return;
      redis.pause();
      setTimeout(() => redis.resume(), 3000);
    });
    expect(consumed).toEqual(expected(6));
  });

  it('when it runs out of memory, which a job waits out and says', async () => {
    const redis = await TestRedis.start();
    const codes = new Set<string>();
    const settings = { url: redis.url, prefix: uniquePrefix(), checkMs: 200 };
    const direct = await openBroker(settings);
    const broker = createPatientBroker(
      direct,
      {},
      { clock: systemClock, logger: silentLogger, onWaiting: (error) => void codes.add(error.code) },
    );
    const epoch = await openShards(broker, 1, 4);
    await broker.trajectories.commit(rolloutTask({ epoch }), trajectoryEntry(1));
    expect([await direct.hasRoom(), await broker.hasRoom()]).toEqual([true, true]);
    const limit = (bytes: string) => withRedis((client) => client.config('SET', 'maxmemory', bytes), redis.url);
    await limit('1mb');
    const refused = direct.trajectories.commit(rolloutTask({ epoch, k: 1 }), trajectoryEntry(2));
    await expect(refused).rejects.toMatchObject({ code: 'BROKER_OUT_OF_MEMORY', retryable: true });
    expect([await direct.hasRoom(), await broker.hasRoom()]).toEqual([false, false]);
    // What frees memory still works.
    await direct.trajectories.release('job', 1);
    await direct.weights.prune('job', 5);
    const waiting = broker.trajectories.commit(rolloutTask({ epoch, k: 1 }), trajectoryEntry(2));
    await expect.poll(() => [...codes]).toEqual(['BROKER_OUT_OF_MEMORY']);
    await limit('0');
    expect(await waiting).toBe('ok');
    expect((await broker.trajectories.cursor('job', 0)).k).toBe(2);
  });
});

describe('a request path over a Redis that does not answer', () => {
  it('fails within its time, retryably, and works again when Redis does', async () => {
    const redis = await TestRedis.start();
    const broker = await openBroker({ url: redis.url, requestTimeoutMs: 300 });
    redis.pause();
    const begun = performance.now();
    await expect(broker.jobs.list()).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', retryable: true });
    expect(performance.now() - begun).toBeLessThan(2000);
    redis.resume();
    await expect.poll(() => broker.jobs.list().catch(() => null), { timeout: 10_000 }).toEqual([]);
    await redis.kill();
    await expect.poll(() => broker.jobs.list().catch((error) => error.code)).toBe('BROKER_UNAVAILABLE');
    await redis.start();
    await expect.poll(() => broker.jobs.list().catch(() => null), { timeout: 10_000 }).toEqual([]);
  });

  it('notices a connection that is half open, and makes another', async () => {
    const redis = await TestRedis.start();
    const proxy = await LossyProxy.start(redis.port);
    const settings = { prefix: uniquePrefix(), requestTimeoutMs: 300, checkMs: 100 };
    const broker = patient(await openBroker({ ...settings, url: proxy.url }));
    const other = await openBroker({ ...settings, url: redis.url });
    const taking = broker.tasks.take(patience());
    const reading = openShards(other).then(() => broker.trajectories.read('job', 0, 0, patience()));
    await broker.jobs.list();
    proxy.freezeConnections();
    expect(await broker.jobs.list()).toEqual([]);
    await other.tasks.issue([rolloutTask()]);
    expect((await taking).task).toEqual(rolloutTask());
    const { epoch } = { epoch: await openShards(other) };
    await other.trajectories.commit(rolloutTask({ epoch }), trajectoryEntry(1));
    expect((await reading).batch[0]).toBe(1);
  });
});

describe('a reply that is lost', () => {
  /** A broker behind a proxy, and one straight to Redis that sees what happened. */
  async function pair() {
    const redis = await TestRedis.start();
    const proxy = await LossyProxy.start(redis.port);
    const prefix = uniquePrefix();
    const direct = await openBroker({ url: proxy.url, prefix, leaseMs: 500, checkMs: 100 });
    return { proxy, direct, broker: patient(direct), observer: await openBroker({ url: redis.url, prefix }) };
  }

  it('stores a batch once', async () => {
    const { proxy, broker, observer } = await pair();
    const epoch = await openShards(observer);
    await broker.trajectories.commit(rolloutTask({ epoch }), trajectoryEntry(1));
    const entry = { batch: new TextEncoder().encode('batch-one'), state: new Uint8Array(1) };
    proxy.loseReplyTo('batch-one');
    expect(await broker.trajectories.commit(rolloutTask({ epoch, k: 1 }), entry)).toBe('duplicate');
    expect(proxy.lost).toBe(1);
    expect((await observer.trajectories.cursor('job', 0)).k).toBe(2);
    expect(await observer.trajectories.commit(rolloutTask({ epoch, k: 2 }), entry)).toBe('ok');
    expect((await observer.trajectories.read('job', 0, 1, patience())).batch).toEqual(Buffer.from('batch-one'));
  });

  it('appends an event once, submits a job once and writes its record once', async () => {
    // Without the patience that would look for its own writes.
    const { proxy, direct: broker, observer } = await pair();
    await broker.events.append('job', 'note', '"first"');
    proxy.loseReplyTo('"lost"');
    expect((await broker.events.append('job', 'note', '"lost"')).sequence).toBe(2);
    expect((await broker.events.append('job', 'note', '"last"')).sequence).toBe(3);
    const record = { jobId: 'job', state: 'queued', spec: '"spec-lost"', createdAt: 1, updatedAt: 1 } as const;
    proxy.loseReplyTo('spec-lost');
    const { revision } = await broker.jobs.submit(record);
    proxy.loseReplyTo('cas-lost');
    const written = await broker.jobs.compareAndSet(revision, { ...record, spec: '"cas-lost"' });
    expect(written).toEqual(await observer.jobs.get('job'));
    expect(proxy.lost).toBe(3);
    expect((await observer.jobs.take(patience())).jobId).toBe('job');
    await expect(observer.jobs.take(AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('issues a task once, publishes weights once, and completes a task', async () => {
    const { proxy, broker, observer } = await pair();
    const epoch = await openShards(observer);
    // Scripts are named by their hash; what is searched for are the arguments.
    proxy.loseReplyTo(`0-7-${epoch}`);
    await broker.tasks.issue([rolloutTask({ k: 7, epoch })]);
    proxy.loseReplyTo('weights-lost');
    await broker.weights.publish('job', 3, epoch, new TextEncoder().encode('weights-lost'));
    expect(Buffer.from(await observer.weights.fetch('job', 3)).toString()).toBe('weights-lost');
    const lease = await broker.tasks.take(patience());
    proxy.loseReplyTo(`0-7-${epoch}`);
    await lease.complete();
    expect(proxy.lost).toBe(3);
    await expect(observer.tasks.take(AbortSignal.timeout(1500))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('delays a task that was taken, and loses none', async () => {
    const { proxy, broker } = await pair();
    await broker.tasks.issue([rolloutTask(), rolloutTask({ shard: 1 })]);
    // Taking is the script that is told how long the lease lasts.
    proxy.loseReplyTo('lockDuration');
    const taken = [await broker.tasks.take(patience()), await broker.tasks.take(patience())];
    expect(taken.map(({ task }) => task.shard).sort()).toEqual([0, 1]);
    expect(proxy.lost).toBe(1);
  });

  it('loses no failure', async () => {
    const { proxy, broker, observer } = await pair();
    await observer.tasks.issue([rolloutTask()]);
    const lease = await observer.tasks.take(patience());
    await lease.fail({ code: 'X', message: 'x', retryable: false, data: {} });
    proxy.loseReplyTo('hdel');
    expect((await broker.tasks.failure('job', patience())).failure.code).toBe('X');
    expect(proxy.lost).toBe(1);
  });
});
