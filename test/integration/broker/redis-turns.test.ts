import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { openBroker, patience, rolloutTask } from '../../helpers/redis/brokers.js';
import { redisUrl, uniquePrefix } from '../../helpers/redis/testing.js';

/** In these tests nothing is found by looking for what was lost. */
const NEVER_MS = 600_000;

const nextTurnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

async function connect(): Promise<Redis> {
  const redis = new Redis(redisUrl());
  onTestFinished(() => redis.disconnect());
  return redis;
}

it.each([
  ['', false],
  [', also where the server has forgotten its scripts', true],
])('an actor that wants one task after the other leaves what is left to those that wait%s', async (_, forgotten) => {
  const prefix = uniquePrefix();
  const [first, second] = await Promise.all([0, 1].map(() => openBroker({ prefix, checkMs: NEVER_MS })));
  const redis = await connect();
  await first!.tasks.issue([0, 1, 2].map((shard) => rolloutTask({ shard })));
  const turns = `${prefix}:{#}:turns`;
  const turn = await redis.zpopmin(turns);
  if (forgotten) await redis.script('FLUSH');
  const takes = [first!, first!, second!].map((broker) => broker.tasks.take(patience()));
  await redis.zadd(turns, 1, turn[0]!);
  const leases = await Promise.all(takes);
  expect(leases.map(({ task }) => task.shard).sort()).toEqual([0, 1, 2]);
});

it('a job has no turn while none of its tasks is left, and one for every task that is issued then', async () => {
  const prefix = uniquePrefix();
  const broker = await openBroker({ prefix, checkMs: NEVER_MS });
  const redis = await connect();
  const turns = () => redis.zcard(`${prefix}:{#}:turns`);
  await broker.tasks.issue([0, 1].map((shard) => rolloutTask({ shard })));
  const leases = [await broker.tasks.take(patience())];
  await expect.poll(turns).toBe(1);
  leases.push(await broker.tasks.take(patience()));
  // What this process was about to say about turns has been said when it is answered.
  await nextTurnOfTheLoop();
  await broker.tasks.backlog();
  expect(await turns()).toBe(0);
  const waiting = broker.tasks.take(patience());
  await broker.tasks.issue([rolloutTask({ shard: 2 })]);
  leases.push(await waiting);
  expect(leases.map(({ task }) => task.shard)).toEqual([0, 1, 2]);
});
