import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import { Service } from '../../helpers/fleet/service.js';
import { LossyProxy } from '../../helpers/redis/proxy.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ITERATIONS = 80;
const EVERY = 3;
const SEED = 4;
const spec = fleetJob(ITERATIONS);

/** Whose replies are lost: scripts and commands on these keys. Each is used in every iteration. */
const CHEAP = ['{job}:events', '{job}:trajectories', '{job}:run', '{job}:weights'];
/** A task that was taken without a reply is out until its lease has ended, and a turn until the next sweep. */
const DEAR = ['{job}:tasks', '{#}:turns'];
const DEAR_SHARE = 0.1;

test('replies are lost and connections break, again and again: everything counts once', async () => {
  const fleet = await Fleet.start();
  const proxy = await LossyProxy.start(fleet.redis.port);
  const env = { REDIS_URL: proxy.url, MARLIN_ENVS: '' };
  fleet.services.push(
    new Service('learner', { ...env, LEARNER_THREADS: '1', CHECKPOINT_DIR: temporaryFolder() }),
    new Service('actor', { ...env, ACTOR_SLOTS: '1' }),
    new Service('actor', { ...env, ACTOR_SLOTS: '1' }),
  );
  await Promise.all(fleet.services.map((service) => service.logged('started')));

  const job = await fleet.submit('job', spec);
  const random = new RandomStream(SEED, 'chaos');
  for (let iteration = EVERY; iteration < ITERATIONS - EVERY; iteration += EVERY) {
    await job.reached(iteration);
    const keys = random.bernoulli(DEAR_SHARE) ? DEAR : CHEAP;
    proxy.loseReplyTo(keys[random.integer(keys.length)]!);
  }
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  expect((await fleet.finalRecord('job')).state).toBe('succeeded');
  // One that had not come to pass when the next was asked for does not count, so it may be fewer than were asked for.
  expect(proxy.lost).toBeGreaterThanOrEqual(20);
  // No learner but the first, and it began once.
  expect(job.learnersBegun).toBe(1);
  expect(fleet.services.every(({ alive }) => alive)).toBe(true);
}, 120_000);
