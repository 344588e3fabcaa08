import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testApi } from '../../helpers/api/server.js';
import { Service } from '../../helpers/fleet/service.js';
import { projectFolder, runNode } from '../../helpers/project.js';
import { openBroker } from '../../helpers/redis/brokers.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const spec = { env: { id: 'median-v1' } };
const json = { 'content-type': 'application/json' };
const main = join(projectFolder, 'dist/cli/main.js');

const startApi = async (redis: TestRedis, env: Readonly<Record<string, string>> = {}) => {
  const service = new Service('api', {
    REDIS_URL: redis.url,
    API_PORT: '0',
    CHECKPOINT_DIR: temporaryFolder(),
    ...env,
  });
  return { service, url: (await service.logged('the API is served')).url as string };
};

it('keeps jobs, and what is said of them, in Redis: any server knows them', async () => {
  const redis = await TestRedis.start();
  const [one, two] = [
    await testApi({}, { broker: await openBroker({ url: redis.url, prefix: 'p' }) }),
    await testApi({}, { broker: await openBroker({ url: redis.url, prefix: 'p' }) }),
  ];
  const headers = { 'idempotency-key': 'k' };
  const launch = (api: typeof one) =>
    api.app.inject({ method: 'POST', url: '/v1/jobs', payload: { spec, labels: { a: 'b' } }, headers });
  const answers = await Promise.all([launch(one), launch(two), launch(one), launch(two)]);
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 200, 201]);
  const { id } = answers[0]!.json();
  const paused = (await two.app.inject({ method: 'POST', url: `/v1/jobs/${id}/pause` })).json();
  expect((await one.app.inject(`/v1/jobs/${id}`)).json()).toEqual(paused);
  expect(paused).toMatchObject({ state: 'paused', labels: { a: 'b' }, owner: 'local' });
  const edited = await one.app.inject({
    method: 'PATCH',
    url: `/v1/jobs/${id}`,
    payload: { labels: {} },
    headers: { 'if-match': `"${paused.revision}"` },
  });
  expect(edited.json()).toMatchObject({ labels: {} });
  await one.app.inject({ method: 'POST', url: `/v1/jobs/${id}/cancel` });
  expect((await one.app.inject({ method: 'DELETE', url: `/v1/jobs/${id}` })).statusCode).toBe(204);
  expect((await two.app.inject(`/v1/jobs/${id}`)).statusCode).toBe(404);
});

it('answers 503 and when to try again while Redis is frozen or gone, and as before when it is back', async () => {
  const redis = await TestRedis.start();
  const { url } = await startApi(redis);
  const launch = (key: string) =>
    fetch(`${url}/v1/jobs`, {
      method: 'POST',
      headers: { ...json, 'idempotency-key': key },
      body: JSON.stringify({ spec }),
      signal: AbortSignal.timeout(4000),
    });
  expect((await launch('a')).status).toBe(201);
  const { id } = (await (await launch('a')).json()) as { id: string };
  const refused = async (answer: Promise<Response>): Promise<void> => {
    const { status, headers } = await answer;
    expect([status, headers.get('content-type'), headers.get('retry-after')]).toEqual([
      503,
      'application/problem+json; charset=utf-8',
      '1',
    ]);
  };
  redis.pause();
  // Each has the time that a request is promised, and a little for a busy machine.
  const soon = () => ({ signal: AbortSignal.timeout(4000) });
  await Promise.all([
    refused(launch('b')),
    refused(fetch(`${url}/v1/jobs/${id}`, soon())),
    refused(fetch(`${url}/v1/jobs/${id}/pause`, { method: 'POST', ...soon() })),
    refused(fetch(`${url}/v1/jobs/${id}/fork`, { method: 'POST', headers: json, body: '{}', ...soon() })),
    refused(
      fetch(`${url}/v1/jobs/${id}`, {
        method: 'PATCH',
        headers: { ...json, 'if-match': '*' },
        body: '{"name":"other"}',
        ...soon(),
      }),
    ),
    refused(fetch(`${url}/v1/actors`, soon())),
  ]);
  redis.resume();
  const untilOk = async (ask: () => Promise<Response>): Promise<Response> => {
    for (;;) {
      const answer = await ask();
      if (answer.ok) return answer;
      expect(answer.status).toBe(503);
    }
  };
  expect(await (await untilOk(() => fetch(`${url}/v1/jobs/${id}`))).json()).toMatchObject({ id });
  await untilOk(() => launch('b'));
  const list = (await (await untilOk(() => fetch(`${url}/v1/jobs`))).json()) as { jobs: { id: string }[] };
  expect(new Set(list.jobs.map((job) => job.id)).size).toBe(list.jobs.length);
  await redis.kill();
  await refused(fetch(`${url}/v1/jobs/${id}`, soon()));
});

it('launches each job once, although servers are killed and requests repeated', async () => {
  const redis = await TestRedis.start();
  const COUNT = 24;
  const EVERY = 6;
  let api = await startApi(redis);
  for (let n = 0; n < COUNT; n++) {
    for (let attempt = 0; ; attempt++) {
      const body = JSON.stringify({ spec: { ...spec, seed: n } });
      const headers = { ...json, 'idempotency-key': `k${n}` };
      // Handled at once: it fails while something else is waited for.
      const asked = fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body }).catch(() => undefined);
      if (n % EVERY === 0 && attempt === 0) {
        // Anywhere between the arrival of the request and its answer, another place each time.
        for (let turns = 0; turns < n; turns++) await new Promise(setImmediate);
        await api.service.kill();
        await asked;
        api = await startApi(redis);
        continue;
      }
      if ((await asked)?.ok) break;
    }
  }
  const broker = await openBroker({ url: redis.url, prefix: 'marlin' });
  const seeds = (await broker.jobs.list()).map(({ record }) => JSON.parse(record.spec).seed as number);
  expect(seeds.sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  // And each is handed to a learner.
  const taken = new Set<string>();
  for (let n = 0; n < COUNT; n++) taken.add((await broker.jobs.take(AbortSignal.timeout(20_000))).jobId);
  expect(taken.size).toBe(COUNT);
});

it('refuses to listen beyond this machine until there is a key, and asks everybody for one then', async () => {
  const redis = await TestRedis.start();
  const env = { PATH: process.env.PATH, REDIS_URL: redis.url };
  const refused = new Service('api', { REDIS_URL: redis.url, API_PORT: '0', API_HOST: '0.0.0.0' });
  expect((await refused.ended).code).toBe(1);
  expect(refused.told()).toContain('API_KEYS_MISSING');
  const made = await runNode(main, ['keys', 'create', '--owner', 'ada', '--scope', 'read'], { env });
  expect(made.code).toBe(0);
  const key = made.stdout.trim();
  const api = await startApi(redis, { API_HOST: '0.0.0.0' });
  const url = api.url.replace('0.0.0.0', '127.0.0.1');
  const ask = async (headers: Record<string, string> = {}) => (await fetch(`${url}/v1/jobs`, { headers })).status;
  expect([await ask(), await ask({ authorization: `Bearer ${key}` })]).toEqual([401, 200]);
  expect(api.service.told()).not.toContain(key);
  const listed = await runNode(main, ['keys', 'list', '--json'], { env });
  const [{ keyId, owner }] = JSON.parse(listed.stdout);
  expect([owner, listed.stdout.includes(key.split('_').slice(2).join('_'))]).toEqual(['ada', false]);
  expect((await runNode(main, ['keys', 'revoke', keyId], { env })).code).toBe(0);
  expect((await runNode(main, ['keys', 'revoke', keyId], { env })).stderr).toContain('API_KEY_UNKNOWN');
  expect((await api.service.stop()).code).toBe(0);
});

it('fails no request that it has taken when it is told to stop', async () => {
  const redis = await TestRedis.start();
  const { service, url } = await startApi(redis);
  const launched: string[] = [];
  const failed: unknown[] = [];
  // Answered that there was no answer in time, which a busy machine can make of any: asked again, which makes no second job.
  let late = 0;
  let stopping = false;
  const client = async (c: number): Promise<void> => {
    for (let n = 0; ; n++) {
      const asked = fetch(`${url}/v1/jobs`, {
        method: 'POST',
        headers: { ...json, 'idempotency-key': `c${c}-${n}` },
        body: JSON.stringify({ spec }),
      });
      try {
        const answer = await asked;
        if (answer.status === 503) {
          late++;
          n--;
          continue;
        }
        if (answer.status !== 201 && !(answer.status === 200 && late > 0)) failed.push(answer.status);
        launched.push(((await answer.json()) as { id: string }).id);
      } catch (error) {
        // Not taken: nobody listens any more, or the connection ended before the request was sent.
        if (!stopping) failed.push(error);
        return;
      }
    }
  };
  const clients = Promise.all(Array.from({ length: 16 }, (_, c) => client(c)));
  while (launched.length < 40) await new Promise(setImmediate);
  stopping = true;
  const answered = launched.length;
  // 1 where the grace period was not enough.
  const { code } = await service.stop();
  await clients;
  expect([code, failed]).toEqual([0, []]);
  // It was at work when it was told.
  expect(launched.length).toBeGreaterThan(answered);
  const broker = await openBroker({ url: redis.url, prefix: 'marlin' });
  const stored = new Set((await broker.jobs.list()).map(({ record }) => record.jobId));
  // No answer without a job, and no job without an answer: a connection that broke was one over which nothing had been taken.
  expect(launched.filter((id) => !stored.has(id))).toEqual([]);
  expect(stored.size - new Set(launched).size).toBeLessThanOrEqual(late);
});
