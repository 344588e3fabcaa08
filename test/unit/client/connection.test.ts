import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readJson } from '../../../client/answer.js';
import { type ClientOptions, Connection } from '../../../client/connection.js';
import type { MarlinApiError } from '../../../client/errors.js';
import { answer, fakeFetch, problem, type Reply, refused, silent } from './fake-fetch.js';
import { fakeTime, TIMEOUT_MS } from './fake-time.js';

function connect(replies: readonly Reply[], options: Partial<ClientOptions> = {}) {
  const api = fakeFetch(replies);
  const time = fakeTime();
  const told: string[] = [];
  const connection = new Connection({
    url: 'http://api.test:8080',
    fetch: api.fetch,
    sleep: time.sleep,
    random: () => 0.5,
    timeoutMs: TIMEOUT_MS,
    onRetry: ({ error }) => told.push(error.code),
    ...options,
  });
  return { connection, told, ...api, ...time };
}

const GET = { method: 'GET', path: '/v1/jobs', repeatable: true } as const;
const POST = { method: 'POST', path: '/v1/jobs', body: {}, repeatable: false } as const;

const failureOf = (promise: Promise<unknown>): Promise<MarlinApiError> =>
  promise.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as MarlinApiError,
  );

describe('a request', () => {
  it('carries the key, says what it takes, and goes nowhere else', async () => {
    let init: RequestInit | undefined;
    const connection = new Connection({
      url: 'https://api.test/marlin/',
      key: 'mk_abc_def',
      fetch: async (input, given) => {
        init = given;
        return answer(input);
      },
    });
    const path = await connection.send({ ...POST, body: { a: 1 }, headers: { 'if-match': '"3"' } }, readJson);
    expect(path).toBe('https://api.test/marlin/v1/jobs');
    expect(init).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      headers: {
        accept: 'application/json',
        authorization: 'Bearer mk_abc_def',
        'content-type': 'application/json',
        'if-match': '"3"',
      },
      redirect: 'manual',
      credentials: 'omit',
    });
  });

  it('without a body or a key has no header of either', async () => {
    const { connection, requests } = connect([answer(1)]);
    await connection.send(GET, readJson);
    expect([...requests[0]!.headers.keys()]).toEqual(['accept']);
  });
});

describe('a failed request', () => {
  it.each<[string, () => Reply, 'always' | 'never' | 'onlyIfRepeatable']>([
    ['503', () => problem(503, 'BROKER_UNAVAILABLE'), 'onlyIfRepeatable'],
    ['a 502 of a proxy', () => new Response('<html>', { status: 502 }), 'onlyIfRepeatable'],
    ['504', () => new Response('', { status: 504 }), 'onlyIfRepeatable'],
    ['a connection refused', refused, 'onlyIfRepeatable'],
    ['too many requests', () => problem(429, 'API_RATE_EXCEEDED'), 'always'],
    ['over quota', () => problem(429, 'API_QUOTA_EXCEEDED', { 'retry-after': '30' }), 'never'],
    ['a defect of the server', () => problem(500, 'API_INTERNAL'), 'never'],
    ['not found', () => problem(404, 'API_JOB_UNKNOWN'), 'never'],
    ['not JSON', () => new Response('hello'), 'never'],
    ['a redirect', () => new Response('', { status: 302, headers: { location: 'http://elsewhere' } }), 'never'],
  ])('is sent again where that may help: %s', async (_, reply, repeating) => {
    for (const request of [GET, POST]) {
      const { connection, requests, left } = connect([reply(), answer('done')]);
      const again = repeating === 'always' || (repeating === 'onlyIfRepeatable' && request.repeatable);
      const result = connection.send(request, readJson);
      if (again) expect(await result).toBe('done');
      else await failureOf(result);
      expect([requests.length, left.length]).toEqual(again ? [2, 0] : [1, 1]);
    }
  });

  it('is sent again after waits that grow, up to the attempts there are', async () => {
    const { connection, waits, told, requests } = connect(Array.from({ length: 9 }, refused), { attempts: 8 });
    const error = await failureOf(connection.send(GET, readJson));
    expect(error).toMatchObject({ name: 'MarlinApiError', code: 'CLIENT_UNREACHABLE', status: 0, retryable: true });
    expect(error.message).toContain('http://api.test:8080/v1/jobs');
    expect(error.message).toContain('ECONNREFUSED');
    expect(requests).toHaveLength(8);
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    expect(told).toHaveLength(7);
  });

  it('waits at random, anywhere from nothing', async () => {
    const draws = [0, 0.999, 0.25];
    const { connection, waits } = connect([refused(), refused(), refused(), answer(1)], {
      random: () => draws.shift() as number,
    });
    await connection.send(GET, readJson);
    expect(waits).toEqual([0, 999, 500]);
  });

  it.each([
    ['seconds', { 'retry-after': '7' }, 7250],
    ['a date', { 'retry-after': 'Wed, 21 Oct 2015 07:28:03 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 3250],
    [
      'a date that is past',
      { 'retry-after': 'Wed, 21 Oct 2015 07:27:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
      250,
    ],
    ['what cannot be read', { 'retry-after': 'soon' }, 250],
  ])('waits as long as the server asks, in %s', async (_, headers, wait) => {
    const { connection, waits } = connect([
      problem(503, 'BROKER_UNAVAILABLE', headers as Record<string, string>),
      answer(1),
    ]);
    await connection.send(GET, readJson);
    expect(waits).toEqual([wait]);
  });

  it('is told at once where the server asks to wait for long', async () => {
    const { connection, requests } = connect([problem(503, 'BROKER_UNAVAILABLE', { 'retry-after': '3600' })]);
    const error = await failureOf(connection.send(GET, readJson));
    expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE', retryAfterMs: 3_600_000 });
    expect(requests).toHaveLength(1);
  });

  it('is told with everything that the API says', async () => {
    const pointers = [{ pointer: '/spec/env', detail: 'is missing' }];
    const { connection } = connect([problem(422, 'JOB_SPEC_INVALID', {}, { pointers })]);
    const error = await failureOf(connection.send(GET, readJson));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'JOB_SPEC_INVALID',
      message: 'it is JOB_SPEC_INVALID',
      status: 422,
      retryable: false,
      pointers,
      requestId: 'r-1',
    });
  });

  it('is told with what there is where something else answers', async () => {
    const { connection } = connect([new Response('<html>nginx', { status: 404, headers: { 'x-request-id': 'p' } })]);
    const error = await failureOf(connection.send(GET, readJson));
    expect(error).toMatchObject({ code: 'CLIENT_ANSWER_INVALID', status: 404, requestId: 'p', pointers: [] });
    expect(error.message).toContain('<html>nginx');
  });

  it('is known to be in doubt only where it may have had its effect', async () => {
    for (const [first, doubt] of [
      [problem(429, 'API_RATE_EXCEEDED'), false],
      [problem(503, 'API_DEADLINE_EXCEEDED'), true],
      [refused(), true],
    ] as const) {
      const { connection } = connect([first, problem(404, 'API_JOB_UNKNOWN')]);
      const seen = await connection.send(
        { ...GET, method: 'DELETE' },
        async () => null,
        async (error, { afterDoubt }) => [error.code, afterDoubt] as never,
      );
      expect(seen).toEqual(['API_JOB_UNKNOWN', doubt]);
    }
  });
});

describe('a request that takes too long', () => {
  it('is given up and sent again', async () => {
    const { connection, limits, expire } = connect([
      (request) => {
        queueMicrotask(expire);
        return silent(request);
      },
      answer('done'),
    ]);
    expect(await connection.send(GET, readJson)).toBe('done');
    expect(limits.size).toBe(0);
  });

  it('is so where only its answer’s body does not come', async () => {
    const server = createServer((_, response) => response.writeHead(200).write('{"a":'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const { connection, expire } = connect([], { url: `http://127.0.0.1:${port}`, fetch, attempts: 1 });
    const reading = connection.send(GET, (response) => {
      queueMicrotask(expire);
      return readJson(response);
    });
    expect(await failureOf(reading)).toMatchObject({ code: 'CLIENT_TIMED_OUT' });
  });

  it('fails as timed out in the end', async () => {
    const late: Reply = (request) => {
      queueMicrotask(expire);
      return silent(request);
    };
    const { connection, expire } = connect([late, late], { attempts: 2 });
    expect(await failureOf(connection.send(GET, readJson))).toMatchObject({
      code: 'CLIENT_TIMED_OUT',
      retryable: true,
      message: `http://api.test:8080/v1/jobs did not answer within ${TIMEOUT_MS} ms`,
    });
  });
});

describe('a signal', () => {
  it('ends a request that is under way, with its reason', async () => {
    const stop = new AbortController();
    const { connection, requests, limits } = connect([
      (request) => {
        queueMicrotask(() => stop.abort(new Error('enough')));
        return silent(request);
      },
    ]);
    await expect(connection.send({ ...GET, signal: stop.signal }, readJson)).rejects.toThrow('enough');
    expect([requests.length, limits.size]).toEqual([1, 0]);
  });

  it('ends the wait between attempts', async () => {
    const stop = new AbortController();
    const { connection, requests } = connect([refused()], { onRetry: () => stop.abort(new Error('enough')) });
    await expect(connection.send({ ...GET, signal: stop.signal }, readJson)).rejects.toThrow('enough');
    expect(requests).toHaveLength(1);
  });

  it('that aborted before lets nothing begin', async () => {
    const { connection } = connect([silent]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(connection.send({ ...GET, signal }, readJson)).rejects.toThrow('enough');
  });
});

describe('a client', () => {
  it.each([
    ['', /it is no URL/],
    ['localhost:8080', /neither http nor https/],
    ['ftp://api.test', /neither http nor https/],
    ['http://api.test/?a=1', /a query or a fragment/],
    ['http://api.test/#a', /a query or a fragment/],
  ])('refuses the address %j', (url, message) => {
    expect(() => new Connection({ url })).toThrow(expect.objectContaining({ code: 'CLIENT_OPTIONS_INVALID' }));
    expect(() => new Connection({ url })).toThrow(message);
  });

  it('refuses secrets in an address, and does not repeat them', () => {
    expect(() => new Connection({ url: 'http://me:hunter2@api.test' })).toThrow(/^(?!.*hunter2).*no user name/);
  });

  it.each(['', 'mk_a b', 'mk_a\n', 'mk_ä'])('refuses the key %j, and does not repeat it', (key) => {
    expect(() => new Connection({ url: 'http://api.test', key })).toThrow(
      expect.objectContaining({ code: 'CLIENT_OPTIONS_INVALID', message: expect.not.stringContaining('mk_') }),
    );
  });

  it('draws numbers in [0, 1) by itself', () => {
    const { random } = new Connection({ url: 'http://api.test' });
    const draws = Array.from({ length: 100 }, random);
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    expect(new Set(draws).size).toBeGreaterThan(90);
  });
});

describe('what can never work', () => {
  it.each(['http://127.0.0.1:6000', 'http://127.0.0.1:1', 'http://[::1]:6667'])('is told at once: %s', async (url) => {
    const told: string[] = [];
    const connection = new Connection({ url, onRetry: ({ error }) => told.push(error.code) });
    const error = await failureOf(connection.send(GET, readJson));
    expect(error).toMatchObject({ code: 'CLIENT_OPTIONS_INVALID', retryable: false });
    expect(error.message).toContain('bad port');
    expect(told).toEqual([]);
  });
});

it('asks again for a job to be deleted that a learner still has, however it is repeated', async () => {
  const held = () => problem(409, 'API_JOB_HELD', { 'retry-after': '1' });
  const { connection, requests, waits, told } = connect([held(), held(), answer('gone')]);
  expect(await connection.send({ ...POST }, readJson)).toBe('gone');
  expect([requests.length, told]).toEqual([3, ['API_JOB_HELD', 'API_JOB_HELD']]);
  expect(waits.every((ms) => ms >= 1000)).toBe(true);
  const { connection: other } = connect([problem(409, 'API_JOB_ACTIVE')]);
  await expect(other.send({ ...POST }, readJson)).rejects.toMatchObject({ code: 'API_JOB_ACTIVE' });
});
