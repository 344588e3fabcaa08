import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/index.js';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import type { Service } from '../../helpers/fleet/service.js';
import { withRedis } from '../../helpers/redis/testing.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { start } from '../../integration/cli/program.js';

const ITERATIONS = 100;
const MEMORY = 32 << 20;
const WAITING = 'the broker cannot serve now; waiting for it';
/** What waits tries again every second, and a lease that ended meanwhile is found in as much; the rest is a busy machine's. */
const SOON_MS = 15_000;
const spec = fleetJob(ITERATIONS);

/** Leaves no room: allowed, because there is some before it. */
const fill = (url: string): Promise<number> => withRedis((redis) => redis.setrange('filler', MEMORY, 'x'), url);
const free = (url: string): Promise<number> => withRedis((redis) => redis.del('filler'), url);
/** How many events Redis holds of the job. */
const eventsStored = (url: string): Promise<number> => withRedis((redis) => redis.xlen('marlin:{job}:events'), url);

test('Redis is filled up by someone else: the job waits, says why, and goes on when there is room', async () => {
  const fleet = await Fleet.start({ redis: { maxmemory: `${MEMORY}` } });
  await fleet.startServices(2);
  const actors = fleet.alive('actor');
  const [learner] = fleet.alive('learner') as [Service];
  const job = await fleet.submit('job', spec);
  await job.reached(35);
  await fill(fleet.redis.url);
  const stored = await eventsStored(fleet.redis.url);

  // Actors have heartbeats to store, at least; a learner may be waiting for trajectories and have nothing to store.
  await Promise.all(actors.map((actor) => actor.logged(WAITING)));
  // Comes after seconds in which the job could have done something.
  expect(await learner.logged('the job waits: Redis is out of memory')).toMatchObject({
    jobId: 'job',
    code: 'BROKER_OUT_OF_MEMORY',
  });
  expect(await eventsStored(fleet.redis.url)).toBe(stored);
  // What was stored before is still told, and nothing else.
  await expect.poll(() => job.events.length).toBe(stored);
  // One heartbeat waits; others do not queue up behind it. Each slot has a task or its result to put away besides.
  for (const actor of actors) expect(actor.log.filter(({ msg }) => msg === WAITING).length).toBeLessThanOrEqual(2);
  const reasons = fleet.services.flatMap(({ log }) => log.filter(({ msg }) => msg === WAITING));
  for (const reason of reasons) {
    expect(reason).toMatchObject({
      code: 'BROKER_OUT_OF_MEMORY',
      error: expect.stringMatching(/out of memory.*maxmemory/),
    });
  }

  await free(fleet.redis.url);
  const freed = systemClock.monotonic();
  await job.reached(job.newest + 1);
  expect(systemClock.monotonic() - freed).toBeLessThan(SOON_MS);
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  expect(await eventsStored(fleet.redis.url)).toBe(job.events.length);
  expect((await fleet.finalRecord('job')).state).toBe('succeeded');
  expect(job.learnersBegun).toBe(1);
  expect(job.events).toContainEqual(expect.objectContaining({ type: 'waiting', reason: 'BROKER_OUT_OF_MEMORY' }));
  await learner.logged('Redis has room again');
  expect(fleet.services.every(({ alive }) => alive)).toBe(true);
}, 120_000);

test('whoever follows the job is told as well', async () => {
  const fleet = await Fleet.start({ redis: { maxmemory: `${MEMORY}` } });
  await fleet.startServices(1);
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'job.json'), JSON.stringify(spec));
  const following = start(folder, ['train', 'job.json', '--broker', fleet.redis.url]);
  await following.saw(/iteration 0\/100/);
  await fill(fleet.redis.url);
  await following.saw(/waiting: Redis is out of memory/);
  await free(fleet.redis.url);
  const { code, stderr } = await following.ended;
  expect(code).toBe(0);
  expect(stderr.match(/out of memory/g)).toHaveLength(1);
}, 120_000);
