import { expect, test } from 'vitest';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import type { Service } from '../../helpers/fleet/service.js';
import { withRedis } from '../../helpers/redis/testing.js';

const spec = fleetJob(20);
const TRYING_AGAIN = /^a slot cannot take .*; trying again$/;

/** Changes what everybody may do in the fleet's Redis; who does it must still be able to take it back. */
const allow = (fleet: Fleet, ...rules: readonly string[]): Promise<unknown> =>
  withRedis((redis) => redis.call('ACL', 'SETUSER', 'default', ...rules), fleet.redis.url);
const refuse = (fleet: Fleet): Promise<unknown> => allow(fleet, '-@all', '+@connection', '+acl', '+info');

/** What /readyz answers. */
async function readiness(service: Service): Promise<{ readonly status: number; readonly text: string }> {
  const { port } = await service.logged('probes and metrics are served');
  const response = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
  return { status: response.status, text: await response.text() };
}

const failedToTake = (service: Service): Promise<unknown> =>
  expect.poll(() => service.log.some(({ msg }) => TRYING_AGAIN.test(String(msg))), { timeout: 20_000 }).toBe(true);

test('processes that Redis refuses say so, are not ready, and go on when it is mended', async () => {
  const fleet = await Fleet.start();
  await fleet.startServices(1);
  await refuse(fleet);
  await Promise.all(fleet.services.map(failedToTake));
  for (const service of fleet.services) {
    expect(await readiness(service)).toMatchObject({ status: 503, text: expect.stringContaining('NOPERM') });
  }
  await allow(fleet, '+@all');
  const job = await fleet.submit('job', spec);
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  for (const service of fleet.services) expect(await readiness(service)).toMatchObject({ status: 200 });
}, 60_000);

test('and end with an error when it is not', async () => {
  const fleet = await Fleet.start();
  await fleet.startServices(1);
  await refuse(fleet);
  for (const service of fleet.services) {
    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.log.at(-1)).toMatchObject({
      msg: 'the service failed',
      error: { code: 'BROKER_REDIS_UNSUITABLE', message: expect.stringContaining('NOPERM') },
    });
  }
  await allow(fleet, '+@all');
}, 60_000);
