import { expect, it, vi } from 'vitest';
import { Service } from '../../helpers/fleet/service.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { withRedis } from '../../helpers/redis/testing.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const PATIENCE = { timeout: 60_000, interval: 200 };

it('what operators are told of a Redis that is full or silent: metrics, readiness and answers', async () => {
  const redis = await TestRedis.start();
  const api = new Service('api', { REDIS_URL: redis.url, API_PORT: '0', CHECKPOINT_DIR: temporaryFolder() });
  await api.logged('started');
  const { url } = await api.logged('the API is served');
  const { port } = await api.logged('probes and metrics are served');
  const probe = async (path: string) => await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
  const told = async (metric: string) =>
    new RegExp(`^${metric.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(await probe('/metrics'))?.[1];
  const becomes = (metric: string, value: string) =>
    vi.waitFor(async () => expect(await told(metric)).toBe(value), PATIENCE);
  const launch = async () => {
    const body = JSON.stringify({ spec: { env: { id: 'median-v1' } } });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${String(url)}/v1/jobs`, { method: 'POST', headers, body });
    return [answer.status, ((await answer.json()) as { code?: string }).code, answer.headers.get('retry-after')];
  };
  const limit = (bytes: string) => withRedis((client) => client.config('SET', 'maxmemory', bytes), redis.url);

  await becomes('marlin_broker_room_ratio', '1');
  expect(await launch()).toEqual([201, undefined, null]);
  await becomes('marlin_fleet_jobs{state="queued"}', '1');
  await limit('1');
  await becomes('marlin_broker_room_ratio', '0');
  expect(await launch()).toEqual([503, 'BROKER_OUT_OF_MEMORY', '1']);
  expect(await told('marlin_service_ready_ratio')).toBe('1');
  await limit('0');
  await becomes('marlin_broker_room_ratio', '1');

  redis.pause();
  await becomes('marlin_service_ready_ratio', '0');
  expect(await probe('/readyz')).toMatch(/^the broker has not answered for \d+ s/);
  expect(Number(await told('marlin_api_broker_silent_seconds'))).toBeGreaterThan(5);
  await becomes('marlin_fleet_jobs{state="queued"}', 'NaN');
  const [status, , retryAfter] = await launch();
  expect([status, retryAfter]).toEqual([503, '1']);
  redis.resume();
  await becomes('marlin_service_ready_ratio', '1');
  await becomes('marlin_fleet_jobs{state="queued"}', '1');
  expect(Number(await told('marlin_api_broker_silent_seconds'))).toBeLessThan(5);
}, 180_000);
