import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/broker/index.js';
import { openBroker, openShards, patience, rolloutTask, trajectoryEntry } from '../../helpers/redis/brokers.js';
import { keysUnder, uniquePrefix, withRedis } from '../../helpers/redis/testing.js';

const SHARDS = 3;
const CAPACITY = 2;
const BATCH_BYTES = 50_000;

/** Trains a job of so many iterations, with everything that a learner and its actors do. */
async function run(broker: Broker, jobId: string, iterations: number, each: () => Promise<void>): Promise<void> {
  const epoch = await openShards(broker, SHARDS, CAPACITY, jobId);
  for (let k = 0; k < iterations; k++) {
    await broker.weights.publish(jobId, k, epoch, new Uint8Array(1000));
    await broker.tasks.issue([0, 1, 2].map((shard) => rolloutTask({ jobId, shard, k, epoch, version: k })));
    for (let i = 0; i < SHARDS; i++) {
      const lease = await broker.tasks.take(patience());
      if (k % 3 === 0 && lease.attempt === 0) {
        await lease.fail({ code: 'X', message: 'x', retryable: true, data: {} });
        i--;
        continue;
      }
      await broker.trajectories.commit(lease.task, trajectoryEntry(k, BATCH_BYTES));
      await lease.complete();
    }
    await each();
    await broker.weights.prune(jobId, k);
    await broker.trajectories.release(jobId, k + 1);
    await broker.events.append(jobId, 'iteration', `{"k":${k}}`);
  }
  await broker.tasks.withdraw(jobId);
  await broker.trajectories.close(jobId);
  await broker.weights.prune(jobId, iterations);
}

describe('what a job keeps in Redis', () => {
  it('does not grow with its iterations, and when it has ended is its record and its history', async () => {
    const prefix = uniquePrefix();
    const broker = await openBroker({ prefix, retryDelayMs: 1, eventLimit: 10 });
    const record = { jobId: 'job', state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 } as const;
    await broker.jobs.submit(record);
    const job = await broker.jobs.take(patience());
    const counts: number[] = [];
    const bytes: number[] = [];
    await run(broker, 'job', 12, async () => {
      counts.push((await keysUnder(`${prefix}:{job}`)).length);
      bytes.push(
        await withRedis(async (redis) => {
          const keys = await keysUnder(`${prefix}:{job}`);
          const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
          return sizes.reduce((sum: number, size) => sum + (size ?? 0), 0);
        }),
      );
    });
    await job.complete();
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.max(...counts.slice(0, 4)) + 1);
    expect(Math.max(...bytes)).toBeLessThan(SHARDS * CAPACITY * BATCH_BYTES + 30_000);

    const left = ['events', 'record'].map((part) => `${prefix}:{job}:${part}`);
    await expect.poll(() => keysUnder(`${prefix}:{job}`)).toEqual(left);
    expect(await withRedis((redis) => redis.xlen(`${prefix}:{job}:events`))).toBe(10);
    await broker.jobs.remove('job');
    expect(await keysUnder(`${prefix}:{job}`)).toEqual([]);
    const fleet = ['index', 'outbox', 'jobs:wait', 'jobs:active', 'jobs:completed'].map(
      (part) => `${prefix}:{#}:${part}`,
    );
    expect((await keysUnder(`${prefix}:{#}`)).filter((key) => fleet.includes(key))).toEqual([]);
  });

  it('lies under its own hash tag, and under no other job’s', async () => {
    const prefix = uniquePrefix();
    const broker = await openBroker({ prefix });
    for (const jobId of ['one', 'two']) {
      await broker.jobs.submit({ jobId, state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 });
      await run(broker, jobId, 2, async () => {});
    }
    for (const key of await keysUnder(prefix)) {
      expect(key.slice(prefix.length)).toMatch(/^:\{(#|one|two)\}:/);
    }
    await broker.jobs.remove('one');
    expect(await keysUnder(`${prefix}:{one}`)).toEqual([]);
    expect(await keysUnder(`${prefix}:{two}`)).not.toEqual([]);
  });

  it('can be removed while its learner withdraws the last tasks', async () => {
    const prefix = uniquePrefix();
    const [learner, remover] = await Promise.all([openBroker({ prefix }), openBroker({ prefix })]);
    for (let round = 0; round < 40; round++) {
      const epoch = await openShards(learner, SHARDS, CAPACITY);
      await learner.tasks.issue([0, 1, 2].map((shard) => rolloutTask({ shard, epoch })));
      await Promise.all([learner.tasks.withdraw('job', epoch), remover.jobs.remove('job')]);
    }
    await expect.poll(() => keysUnder(`${prefix}:{job}`)).toEqual([]);
  });
});
