import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProbeServer, type ProbeServer, type Readiness } from '../../../../services/process/index.js';
import { silentLogger } from '../../../../src/base/index.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function start(
  parts: { ready?: () => Readiness; metrics?: () => string; port?: number } = {},
): Promise<ProbeServer> {
  const server = await createProbeServer(
    { host: '127.0.0.1', port: parts.port ?? 0 },
    {
      ready: parts.ready ?? (() => ({ ready: true, reasons: [] })),
      metrics: parts.metrics ?? (() => 'tasks_total 3\n'),
      logger: silentLogger,
    },
  );
  onTestFinished(() => server.close());
  return server;
}

function ask(server: ProbeServer, path: string, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** A connection that says only what it is told; `closed` resolves with all it was answered. */
async function rawConnection(server: ProbeServer): Promise<{ socket: Socket; closed: Promise<string> }> {
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, closed };
}

describe('the probes of a process', () => {
  it('say that it lives', async () => {
    const server = await start();
    expect(server.port).toBeGreaterThan(0);
    expect(await ask(server, '/livez')).toMatchObject({ status: 200, body: 'alive\n' });
  });

  it('say whether it does its work, and if not, why', async () => {
    let readiness: Readiness = {
      ready: false,
      reasons: ['no task was done for 31 s although there is work', 'and so on'],
    };
    const server = await start({ ready: () => readiness });
    expect(await ask(server, '/readyz')).toMatchObject({
      status: 503,
      body: 'no task was done for 31 s although there is work\nand so on\n',
    });
    readiness = { ready: true, reasons: [] };
    expect(await ask(server, '/readyz')).toMatchObject({ status: 200, body: 'ready\n' });
  });

  it('give the metrics of the moment in the format of Prometheus', async () => {
    let scrapes = 0;
    const server = await start({ metrics: () => `scrapes_total ${++scrapes} µ\n` });
    expect((await ask(server, '/metrics')).headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await ask(server, '/metrics?x=1')).toMatchObject({ status: 200, body: 'scrapes_total 2 µ\n' });
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/livez/', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/constructor', 404],
    ['POST', '/nothing', 404],
    ['POST', '/livez', 405],
    ['DELETE', '/metrics', 405],
    ['OPTIONS', '/readyz', 405],
  ])('answer %s %s with %i', async (method, path, status) => {
    const answer = await ask(await start(), path, method, method === 'POST' ? 'x'.repeat(100_000) : undefined);
    expect(answer.status).toBe(status);
    expect(answer.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined);
  });

  it.each(['/livez', '/readyz', '/metrics'])('answer HEAD of %s like GET, without the body', async (path) => {
    const server = await start();
    const [get, head] = [await ask(server, path), await ask(server, path, 'HEAD')];
    expect(head).toMatchObject({ status: get.status, body: '' });
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  it('answer 500 without a reason that is none of the asker’s business', async () => {
    const server = await start({
      metrics: () => {
        throw new Error('secret');
      },
    });
    const answer = await ask(server, '/metrics');
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect((await ask(server, '/livez')).status).toBe(200);
  });

  it('end every connection with its answer', async () => {
    const server = await start();
    const { socket, closed } = await rawConnection(server);
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nalive\n$/);
    expect(answer).toMatch(/^connection: close\r$/im);
  });

  it.each(['constructor', '__proto__', '*', 'http://elsewhere/livez', '/livez#', '//livez', '/%6civez'])(
    'survive the target %s',
    async (target) => {
      const server = await start();
      const { socket, closed } = await rawConnection(server);
      socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`);
      expect(await closed).toMatch(/^HTTP\/1\.1 40[04] /);
      expect((await ask(server, '/livez')).status).toBe(200);
    },
  );

  it.each([
    ['nonsense', 'GARBAGE\r\n\r\n', 400],
    ['headers without end', `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('refuse %s', async (_, text, status) => {
    const { socket, closed } = await rawConnection(await start());
    socket.write(text);
    expect(await closed).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('close at once, also under connections that say nothing or half of something', async () => {
    const server = await start();
    const silent = await rawConnection(server);
    const half = await rawConnection(server);
    half.socket.write('GET /livez HTTP/1.1\r\nhost:');
    await ask(server, '/livez');
    await server.close();
    await Promise.all([silent.closed, half.closed]);
    await expect(ask(server, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('say which port is taken', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PROBES_UNAVAILABLE',
      message: expect.stringMatching(
        new RegExp(`127\\.0\\.0\\.1, port ${port}: another process has it\\. Set PROBE_PORT`),
      ),
    });
  });

  it('say which address is not one of this machine', async () => {
    const away = createProbeServer(
      { host: '192.0.2.1', port: 0 },
      { ready: () => ({ ready: true, reasons: [] }), metrics: () => '', logger: silentLogger },
    );
    await expect(away).rejects.toMatchObject({ code: 'PROBES_UNAVAILABLE', data: { host: '192.0.2.1', port: 0 } });
  });
});
