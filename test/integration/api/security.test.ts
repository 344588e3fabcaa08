import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Me } from '../../../services/api/schemas/me.js';
import type { Scope } from '../../../services/api/security/principal.js';
import { testApi } from '../../helpers/api/server.js';

const launchBody = { spec: { env: { id: 'median-v1' } } };

interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly needs: Scope | 'public';
}

type Document = Readonly<
  Record<string, Readonly<Record<string, { readonly description: string; readonly security: readonly unknown[] }>>>
>;

/** Every route there is, as the description that is made of the routes themselves lists them. */
async function operations(): Promise<Operation[]> {
  const { app } = await testApi();
  const { paths } = (await app.inject('/openapi.json')).json() as { readonly paths: Document };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { description, security }]) => ({
      method: method.toUpperCase() as Operation['method'],
      url: path
        .replace('{jobId}', 'unknown')
        .replace('{iteration}', '1')
        .replace('{id}', 'unknown')
        .replace('{name}', 'unknown'),
      needs: security.length === 0 ? 'public' : (/Scope: (\w+)\.$/.exec(description)![1] as Scope),
    })),
  );
}

const ORDER = ['act', 'read', 'launch', 'admin'];

describe('every route', () => {
  it.each([undefined, 'act', 'read', 'launch', 'admin'] as const)(
    'asked with the scope %s answers where it may, and only there',
    async (scope) => {
      const api = await testApi({ keysRequired: true });
      const headers = scope === undefined ? {} : await api.authorize('ada', scope);
      const all = await operations();
      expect(all.length).toBeGreaterThan(15);
      expect(new Set(all.map(({ needs }) => needs))).toEqual(new Set(['public', 'act', 'read', 'launch']));
      for (const { method, url, needs } of all) {
        const { statusCode } = await api.app.inject({
          method,
          url,
          headers,
          ...(method === 'GET' ? {} : { payload: {} }),
        });
        const what = `${method} ${url} with ${scope}: ${statusCode}`;
        if (needs === 'public') expect(statusCode, what).toBe(200);
        else if (scope === undefined) expect(statusCode, what).toBe(401);
        else if (ORDER.indexOf(scope) < ORDER.indexOf(needs)) expect(statusCode, what).toBe(403);
        else expect([200, 400, 404, 428], what).toContain(statusCode);
      }
    },
  );

  it('names its scope, or the server is not made', async () => {
    // Every other than public refuses; an undeclared one would throw when the server is made.
    const { app } = await testApi({ keysRequired: true });
    expect((await app.inject('/docs/')).statusCode).toBe(200);
    expect((await app.inject('/docs/json')).statusCode).toBe(200);
  });
});

describe('the jobs of others', () => {
  it('do not exist, but for an admin', async () => {
    const api = await testApi({ keysRequired: true });
    const [ada, bob, root] = [
      await api.authorize('ada', 'launch'),
      await api.authorize('bob', 'launch'),
      await api.authorize('root', 'admin'),
    ];
    const job = (await api.app.inject({ method: 'POST', url: '/v1/jobs', headers: ada, payload: launchBody })).json();
    const of = (headers: object) => ({ headers: { ...headers, 'if-match': '*' } });
    for (const { method, url } of await operations()) {
      if (!url.startsWith('/v1/jobs/unknown')) continue;
      const payload = method === 'PATCH' ? { name: 'x' } : {};
      const body = method === 'GET' || method === 'DELETE' ? {} : { payload };
      const request = { method, url: url.replace('unknown', job.id), ...of(bob), ...body };
      const answer = await api.app.inject(request);
      expect([method, url, answer.statusCode, answer.json().code]).toEqual([method, url, 404, 'API_JOB_UNKNOWN']);
    }
    const listed = async (headers: { authorization: string }) =>
      (await api.app.inject({ url: '/v1/jobs', headers })).json().jobs.map(({ id }: { id: string }) => id);
    expect([await listed(ada), await listed(bob), await listed(root)]).toEqual([[job.id], [], [job.id]]);
    expect((await api.app.inject({ url: `/v1/jobs/${job.id}`, ...of(root) })).statusCode).toBe(200);
  });

  it('give no weights to begin with, and are not told from those that are not there', async () => {
    const api = await testApi({ keysRequired: true });
    const [ada, bob] = [await api.authorize('ada', 'launch'), await api.authorize('bob', 'launch')];
    const { id } = (
      await api.app.inject({ method: 'POST', url: '/v1/jobs', headers: ada, payload: launchBody })
    ).json() as { readonly id: string };
    const begin = (job: string, headers: Record<string, string>, url = '/v1/jobs') => {
      const spec = { ...launchBody.spec, policies: { 'agent-0': { initial: { job, iteration: 1 } } } };
      return api.app.inject({ method: 'POST', url, headers, payload: { spec } });
    };
    for (const url of ['/v1/jobs', '/v1/jobs?dryRun=true']) {
      for (const job of [id, 'never-seen']) {
        const refused = await begin(job, bob, url);
        expect(refused.statusCode).toBe(422);
        expect(refused.json()).toMatchObject({
          code: 'JOB_SPEC_INVALID',
          pointers: [{ pointer: '/spec/policies/agent-0/initial/job', detail: expect.stringContaining('no such job') }],
        });
      }
      expect([200, 201]).toContain((await begin(id, ada, url)).statusCode);
    }
  });
});

describe('a key', () => {
  it('is told whose it is, what it may, and what is used', async () => {
    const api = await testApi({ keysRequired: true, activeJobs: 7, agentStepsPerDay: 1000 });
    const [ada, bob] = [await api.authorize('ada', 'launch'), await api.authorize('bob', 'act')];
    await api.app.inject({ method: 'POST', url: '/v1/jobs', headers: ada, payload: launchBody });
    const me = async (headers: { authorization: string }) => (await api.app.inject({ url: '/v1/me', headers })).json();
    const told = await me(ada);
    expect(Value.Errors(Me, told)).toEqual([]);
    expect(told).toMatchObject({
      keyId: ada.authorization.split('_')[1],
      owner: 'ada',
      scopes: ['act', 'read', 'launch'],
      quotas: { activeJobs: { used: 1, limit: 7 }, agentStepsPerDay: { used: 0, limit: 1000 } },
    });
    expect(await me(bob)).toMatchObject({ owner: 'bob', scopes: ['act'], quotas: { activeJobs: { used: 0 } } });
    expect((await api.app.inject('/v1/me')).statusCode).toBe(401);
    const local = await testApi();
    expect((await local.app.inject('/v1/me')).json()).toMatchObject({
      keyId: null,
      owner: 'local',
      scopes: ['act', 'read', 'launch', 'admin'],
      quotas: { agentStepsPerDay: null },
    });
  });

  it.each([
    ['none', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['no key', { authorization: 'Bearer x' }],
    ['an unknown key', { authorization: `Bearer mk_abcd_${'a'.repeat(43)}` }],
  ])('is needed: %s is refused', async (_, headers) => {
    const { app } = await testApi({ keysRequired: true });
    const answer = await app.inject({ url: '/v1/jobs', headers });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'API_KEY_REQUIRED']);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  it('is needed beyond this machine, and not on it', async () => {
    expect((await (await testApi({ host: '0.0.0.0' })).app.inject('/v1/jobs')).statusCode).toBe(401);
    expect((await (await testApi({ host: '127.0.0.1' })).app.inject('/v1/jobs')).statusCode).toBe(200);
  });

  it('that is wrong is refused on this machine too', async () => {
    const { app } = await testApi();
    const headers = { authorization: 'Bearer mk_wrong' };
    expect((await app.inject({ url: '/v1/jobs', headers })).statusCode).toBe(401);
  });

  it('is refused with another’s secret, after it has expired, and soon after it is revoked', async () => {
    let now = 1000;
    const clock = { now: () => now, monotonic: () => now };
    const api = await testApi({ keysRequired: true }, { clock });
    const [ada, bob] = [await api.authorize('ada', 'read'), await api.authorize('bob', 'read')];
    const ask = async (authorization: string) =>
      (await api.app.inject({ url: '/v1/jobs', headers: { authorization } })).statusCode;
    expect(await ask(ada.authorization)).toBe(200);
    const [, mark, id] = ada.authorization.split(/[_ ]/);
    const mixed = `Bearer ${mark}_${id}_${bob.authorization.split('_').slice(2).join('_')}`;
    expect(await ask(mixed)).toBe(401);
    const key = (await api.context.keys.get(id!))!;
    await api.context.keys.put({ ...key, expiresAt: 20_000 });
    now = 10_000;
    expect(await ask(ada.authorization)).toBe(200);
    now = 20_000;
    expect(await ask(ada.authorization)).toBe(401);
    await api.context.keys.put(key);
    now = 30_000;
    expect(await ask(ada.authorization)).toBe(200);
    await api.context.keys.remove(key.keyId);
    now = 36_000;
    expect(await ask(ada.authorization)).toBe(401);
  });
});

describe('limits', () => {
  it('are kept per key, and per address for who has none', async () => {
    const api = await testApi({ keysRequired: true, ratePerMinute: 3 });
    const ask = async (headers = {}) => api.app.inject({ url: '/v1/jobs', headers });
    const [ada, bob] = [await api.authorize('ada', 'read'), await api.authorize('bob', 'read')];
    for (let i = 0; i < 3; i++) expect((await ask(ada)).statusCode).toBe(200);
    const refused = await ask(ada);
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'API_RATE_EXCEEDED']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(bob)).statusCode).toBe(200);
    for (let i = 0; i < 3; i++) expect((await ask()).statusCode).toBe(401);
    expect((await ask()).statusCode).toBe(429);
    expect((await api.app.inject('/livez')).statusCode).toBe(200);
  });
});

describe('without keys', () => {
  it.each([
    ['evil.example', 421],
    ['127.0.0.1.evil.example:80', 421],
    ['a b', 421],
    ['localhost:7373', 200],
    ['[::1]:7373', 200],
    ['127.0.0.1', 200],
    ['mine.example', 200],
  ])('the host %j is answered with %i', async (host, status) => {
    const { app } = await testApi({ allowedHosts: ['mine.example'] });
    expect((await app.inject({ url: '/v1/jobs', headers: { host } })).statusCode).toBe(status);
  });

  it.each([
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 403],
    [{ origin: 'http://localhost:80' }, 200],
    [{ origin: 'http://localhost:9999' }, 403],
    [{ origin: 'https://good.example' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
  ])('a page with %j is answered with %i', async (headers, status) => {
    const { app } = await testApi({ corsOrigins: ['https://good.example'] });
    expect((await app.inject({ url: '/v1/jobs', headers: { host: 'localhost:80', ...headers } })).statusCode).toBe(
      status,
    );
  });
});

it('a form on another page posts nothing to a server without keys', async () => {
  const { app } = await testApi();
  const headers = {
    host: 'localhost:80',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  expect((await app.inject({ method: 'POST', url: '/v1/jobs', headers, payload: launchBody })).statusCode).toBe(403);
});

describe('headers', () => {
  it('keep pages from doing harm, and say nothing of the server', async () => {
    const { headers } = await (await testApi()).app.inject('/v1/jobs');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });

  it('let no other origin in, unless it is listed', async () => {
    const preflight = { origin: 'https://good.example', 'access-control-request-method': 'PATCH' };
    const closed = await (await testApi({ keysRequired: true })).app.inject({
      method: 'OPTIONS',
      url: '/v1/jobs',
      headers: preflight,
    });
    expect(closed.headers).not.toHaveProperty('access-control-allow-origin');
    const { app } = await testApi({ keysRequired: true, corsOrigins: ['https://good.example'] });
    const open = await app.inject({ method: 'OPTIONS', url: '/v1/jobs', headers: preflight });
    expect(open.statusCode).toBe(204);
    expect(open.headers).toMatchObject({ 'access-control-allow-origin': 'https://good.example', vary: 'Origin' });
    expect(open.headers).not.toHaveProperty('access-control-allow-credentials');
    const other = await app.inject({ url: '/v1/jobs', headers: { origin: 'https://evil.example' } });
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('what is not there', () => {
  it.each([
    ['GET', '/nowhere', 404, 'API_ROUTE_UNKNOWN'],
    ['PUT', '/v1/jobs', 405, 'API_METHOD_NOT_ALLOWED'],
    ['DELETE', '/v1/environments/x', 405, 'API_METHOD_NOT_ALLOWED'],
    ['GET', '/v1/jobs/..%2F..%2Fetc', 400, 'API_REQUEST_INVALID'],
    ['GET', `/v1/jobs/${'x'.repeat(500)}`, 400, 'API_REQUEST_INVALID'],
    ['GET', '/v1/environments/median-v2', 404, 'ENV_UNKNOWN'],
    ['GET', '/v1/algorithms/pppo', 404, 'API_CATALOG_UNKNOWN'],
    ['GET', '/v1/jobs/%zz', 400, 'API_REQUEST_INVALID'],
  ] as const)('%s %s is %i', async (method, url, status, code) => {
    const answer = await (await testApi()).app.inject({ method, url });
    expect([answer.statusCode, answer.headers['content-type'], answer.json().code]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
      code,
    ]);
    if (status === 405) expect(answer.headers.allow).toMatch(/^[A-Z, ]+$/);
  });
});
