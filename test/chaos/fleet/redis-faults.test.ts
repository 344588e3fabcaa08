import { describe, expect, test } from 'vitest';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import { withRedis } from '../../helpers/redis/testing.js';

const ITERATIONS = 100;
const spec = fleetJob(ITERATIONS);
const FROZEN_MS = 8000;

describe('Redis fails while a job runs; the job goes on, and its weights are the same', () => {
  test('killed, and started again from its append-only file', async () => {
    const fleet = await Fleet.start({ redis: { appendonly: 'yes', appendfsync: 'everysec' } });
    await fleet.startServices(2);
    const job = await fleet.submit('job', spec);
    await job.reached(35);
    await fleet.redis.kill();
    await fleet.redis.start();
    expect(await job.digest()).toBe(await embeddedDigest(spec));
    expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  });

  test('silent for eight seconds', async () => {
    const fleet = await Fleet.start();
    await fleet.startServices(2);
    const job = await fleet.submit('job', spec);
    await job.reached(35);
    fleet.redis.pause();
    // The fault itself: its length is what is tested.
    await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
    fleet.redis.resume();
    expect(await job.digest()).toBe(await embeddedDigest(spec));
    expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
    expect(job.longestPauseMs()).toBeGreaterThan(0.9 * FROZEN_MS);
  });

  test('every client cut off, again and again', async () => {
    const fleet = await Fleet.start();
    await fleet.startServices(2);
    const job = await fleet.submit('job', spec);
    for (const iteration of [20, 40, 60]) {
      await job.reached(iteration);
      await fleet.redis.killClients();
    }
    expect(await job.digest()).toBe(await embeddedDigest(spec));
    expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  });

  test('all data lost: a learner that recovers brings the job back from its checkpoint', async () => {
    const fleet = await Fleet.start({ learner: { LEARNER_RECOVER: 'true' } });
    await fleet.startServices(2);
    const job = await fleet.submit('job', spec);
    await job.reached(35);
    await withRedis((redis) => redis.flushall(), fleet.redis.url);
    expect(await job.digest()).toBe(await embeddedDigest(spec));
    const begun = job.events.flatMap((event) => (event.type === 'started' ? [event.iteration] : []));
    expect(begun).toEqual([0, expect.toSatisfy((iteration: number) => iteration >= 30 && iteration % 10 === 0)]);
    expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
    expect((await fleet.finalRecord('job')).state).toBe('succeeded');
  });
});
