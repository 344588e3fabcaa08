import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger, systemClock } from '../../../src/base/index.js';
import type { Broker, JobState } from '../../../src/broker/index.js';
import { createRedisBroker } from '../../../src/broker/redis/index.js';
import { testApi } from '../../helpers/api/server.js';
import * as told from '../../helpers/api/told.js';
import { EventReader, listen, submitJob } from '../../helpers/api/watched.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { uniquePrefix } from '../../helpers/redis/testing.js';

const iterations = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => told.iteration(from + i));
const idsOf = (reader: EventReader): number[] =>
  reader.events.filter(({ id, event }) => id !== undefined && event !== 'resync').map(({ id }) => Number(id));
const upTo = (n: number, from = 1): number[] => Array.from({ length: n - from + 1 }, (_, i) => from + i);

async function setState(broker: Broker, jobId: string, state: JobState): Promise<void> {
  const { revision, record } = (await broker.jobs.get(jobId))!;
  await broker.jobs.compareAndSet(revision, { ...record, state });
}

async function opened(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await EventReader.open(url, headers);
  onTestFinished(() => reader.close());
  return reader;
}

it('streams a job from its beginning to its end, and says that there is no more', async () => {
  const api = await testApi();
  const { broker } = api;
  const url = `${await listen(api)}/v1/jobs/${await submitJob(broker)}/events`;
  await told.tell(broker, 'job', [told.started(), ...iterations(1, 10)]);
  const reader = await opened(url);
  expect(reader.status).toBe(200);
  expect(reader.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(reader.response.headers['x-request-id']).toBeDefined();
  expect(reader.response.headers['x-content-type-options']).toBe('nosniff');
  await reader.until((own) => idsOf(own).length === 11);
  await told.tell(broker, 'job', [told.finished(10)]);
  await setState(broker, 'job', 'succeeded');
  await reader.until(({ ended }) => ended);
  expect(idsOf(reader)).toEqual(upTo(12));
  expect(reader.events.at(-1)).toEqual({ event: 'end', data: { state: 'succeeded' } });

  const again = await opened(url, { 'last-event-id': '12' });
  expect(again.status).toBe(204);
  const rest = await opened(url, { 'last-event-id': '9' });
  await rest.until(({ ended }) => ended);
  expect(idsOf(rest)).toEqual([10, 11, 12]);
  const named = await opened(`${url}?after=11&types=finished`);
  await named.until(({ ended }) => ended);
  expect(idsOf(named)).toEqual([12]);
});

it('takes a stream up again after a request that broke off, without a gap or a repetition', async () => {
  const api = await testApi();
  const { broker } = api;
  const url = `${await listen(api)}/v1/jobs/${await submitJob(broker)}/events`;
  let seen: number[] = [];
  for (let round = 0; round < 5; round++) {
    await told.tell(broker, 'job', iterations(20 * round + 1, 20 * round + 20));
    const reader = await opened(url, seen.length === 0 ? {} : { 'last-event-id': String(seen.at(-1)) });
    await reader.until((own) => idsOf(own).length >= 7);
    reader.close();
    seen = [...seen, ...idsOf(reader)];
  }
  expect(seen).toEqual(upTo(seen.length));
});

it('shows a job’s events to its owner and to admins only', async () => {
  const api = await testApi({ keysRequired: true });
  const { broker, authorize } = api;
  const url = `${await listen(api)}/v1/jobs/${await submitJob(broker, { metadata: JSON.stringify({ owner: 'ann' }) })}/events`;
  const statusOf = async (headers: Record<string, string>): Promise<number | undefined> =>
    (await opened(url, headers)).status;
  expect(await statusOf({})).toBe(401);
  expect(await statusOf(await authorize('bob', 'launch'))).toBe(404);
  expect(await statusOf(await authorize('ann', 'read'))).toBe(200);
  expect(await statusOf(await authorize('root', 'admin'))).toBe(200);
});

it.each([
  ['/v1/jobs/none/events', {}, 404],
  ['/v1/jobs/job/events?after=-1', {}, 400],
  ['/v1/jobs/job/events?after=x', {}, 400],
  ['/v1/jobs/job/events?types=', {}, 400],
  ['/v1/jobs/job/events?other=1', {}, 400],
  ['/v1/jobs/job/events', { 'last-event-id': 'x' }, 400],
])('refuses GET %s with %j', async (path, headers, status) => {
  const { app, broker } = await testApi();
  await submitJob(broker);
  const response = await app.inject({ url: path, headers });
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
});

it('bounds the streams that are open, of a key and in all, and counts them', async () => {
  const api = await testApi({ keysRequired: true, streams: 5, streamsPerKey: 3 });
  const { broker, authorize } = api;
  const url = `${await listen(api)}/v1/jobs/${await submitJob(broker, { metadata: JSON.stringify({ owner: 'ann' }) })}/events`;
  const [key, other] = [await authorize('ann', 'read'), await authorize('ann', 'read')];
  const refuses = async (headers: object, limit: number) => {
    const refused = await opened(url, { ...headers });
    await refused.until(({ ended }) => ended);
    expect(refused.status).toBe(429);
    expect(refused.response.headers['retry-after']).toBeDefined();
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'API_STREAMS_EXCEEDED', status: 429 });
    expect(JSON.parse(refused.text).detail).toMatch(new RegExp(`^${limit} streams`));
  };
  const counted = () => /^marlin_api_stream_connections (\d+)$/m.exec(api.context.metrics.text())?.[1];
  const readers = await Promise.all([key, key, key].map((headers) => opened(url, { ...headers })));
  expect(new Set(readers.map(({ status }) => status))).toEqual(new Set([200]));
  await refuses(key, 3);
  for (const headers of [other, other]) expect((await opened(url, { ...headers })).status).toBe(200);
  await refuses(other, 5);
  expect(counted()).toBe('5');
  for (const { response } of readers) response.destroy();
  await expect.poll(counted).toBe('2');
});

it('follows a job once for all who watch it, and not at all when they are gone', async () => {
  const api = await testApi();
  const { broker, app } = api;
  let following = 0;
  let begun = 0;
  let idle = (): void => {};
  const gone = new Promise<void>((resolve) => {
    idle = resolve;
  });
  const follow = broker.events.follow.bind(broker.events);
  broker.events.follow = async function* (jobId, sequence, signal) {
    following++;
    begun++;
    try {
      yield* follow(jobId, sequence, signal);
    } finally {
      if (--following === 0) idle();
    }
  };
  const url = `${await listen(api)}/v1/jobs/${await submitJob(broker)}/events`;
  const readers = await Promise.all(Array.from({ length: 60 }, () => opened(url)));
  await told.tell(broker, 'job', iterations(1, 30));
  await Promise.all(readers.map((reader) => reader.until((own) => idsOf(own).length === 30)));
  expect([begun, following]).toEqual([1, 1]);
  for (const reader of readers) reader.close();
  await gone;
  await new Promise<void>((resolve) => {
    const look = (): void =>
      void app.server.getConnections((_, count) => (count === 0 ? resolve() : setImmediate(look)));
    look();
  });
});

it('sends a client that does not read no more than it takes, and then what it has to know', async () => {
  const api = await testApi();
  const { broker } = api;
  const { port } = new URL(`${await listen(api)}`);
  await submitJob(broker);
  const socket = connect(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(`GET /v1/jobs/job/events HTTP/1.1\r\nhost: localhost:${port}\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(first.toString()).toContain('HTTP/1.1 200');
  socket.pause();
  // Another client tells when all was handed out.
  const quick = await opened(`http://127.0.0.1:${port}/v1/jobs/job/events?types=checkpoint`);
  const filling = 'x'.repeat(200_000);
  for (let i = 0; i < 200; i++) await broker.events.append('job', 'iteration', JSON.stringify({ filling }));
  await told.tell(broker, 'job', [told.checkpoint(1)]);
  await quick.until((own) => idsOf(own).length === 1);
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString();
  });
  socket.resume();
  while (!text.includes('event: resync')) await once(socket, 'data');
  await told.tell(broker, 'job', [told.checkpoint(2)]);
  while (!text.includes('id: 202\n')) await once(socket, 'data');
  expect(text).toMatch(/id: 201\nevent: resync\ndata: \{"after":201,"reason":"slow","missedAfter":\d+\}/);
  expect(text).not.toContain('id: 200\n');
});

it('ends its streams when the server stops', async () => {
  const api = await testApi();
  const reader = await opened(`${await listen(api)}/v1/jobs/${await submitJob(api.broker)}/events`);
  await reader.until(({ events }) => events.length > 0);
  await api.app.close();
  await reader.until(({ ended }) => ended);
});

it('goes on by itself over a restart of Redis, and over one that lost everything', async () => {
  const redis = await TestRedis.start({ appendonly: 'yes', appendfsync: 'always' });
  const prefix = uniquePrefix();
  const broker = await createRedisBroker({ url: redis.url, prefix }, { logger: silentLogger, clock: systemClock });
  onTestFinished(() => broker.close());
  const api = await testApi({}, { broker });
  const url = `${await listen(api)}/v1/jobs/${await submitJob(broker)}/events`;
  await told.tell(broker, 'job', iterations(1, 50));
  const reader = await opened(url);
  await reader.until((own) => idsOf(own).length === 50);

  await redis.kill();
  const refused = await opened(url);
  expect(refused.status).toBe(503);
  expect(refused.response.headers['retry-after']).toBeDefined();
  await redis.start();
  await patiently(() => told.tell(broker, 'job', iterations(51, 51)));
  await reader.until((own) => idsOf(own).length >= 51);
  await told.tell(broker, 'job', iterations(52, 60));
  await reader.until((own) => idsOf(own).length >= 60);
  expect(idsOf(reader)).toEqual(upTo(60));
  expect(reader.events.filter(({ event }) => event === 'resync')).toEqual([]);

  await broker.jobs.remove('job');
  await submitJob(broker);
  await told.tell(broker, 'job', iterations(1, 3));
  await reader.until((own) => idsOf(own).length >= 63);
  expect(idsOf(reader)).toEqual([...upTo(60), 1, 2, 3]);
  expect(reader.events.find(({ event }) => event === 'resync')?.data).toEqual({
    after: 0,
    reason: 'restarted',
    missedAfter: 60,
  });
});

/** Until the connection is there again. */
async function patiently(call: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await call();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
