import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { testApi } from '../../helpers/api/server.js';

const long = 'a'.repeat(20_000);

it.each([
  ['is empty', '', /the body is empty/],
  ['ends too soon', '{"spec":', /the body is not JSON: .*end of JSON/i],
  ['has a number that JSON has not', '{"spec":{"seed":NaN}}', /the body is not JSON: .*N.*is not valid JSON/],
  ['reaches a prototype', '{"spec":{"__proto__":{}}}', /has a key "__proto__"/],
  ['reaches it by the constructor', '{"spec":{"constructor":{"prototype":{}}}}', /a "constructor" with a "prototype"/],
])('a body that %s is told why it is refused', async (_, payload, detail) => {
  const { app } = await testApi();
  const headers = { 'content-type': 'application/json' };
  const answer = await app.inject({ method: 'POST', url: '/v1/jobs', headers, payload });
  expect({ status: answer.statusCode, ...answer.json() }).toMatchObject({
    status: 400,
    code: 'API_REQUEST_INVALID',
    detail: expect.stringMatching(detail),
  });
});

it('a body that does not come is waited for, but not for ever, and nothing else is blamed for it', async () => {
  const { app } = await testApi({ deadlineMs: 20, arrivalMs: 200 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const begun = performance.now();
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    answer += part;
  });
  const head =
    'POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n';
  socket.write(`${head}{}`);
  await once(socket, 'close');
  expect(performance.now() - begun).toBeGreaterThan(150);
  expect(answer).toMatch(/^HTTP\/1\.1 408 .*\r\n.*"code":"API_REQUEST_LATE".*did not arrive whole within 200 ms/s);
});

it.each([
  ['no HTTP at all', 'NONSENSE\r\n\r\n', 400],
  ['headers without end', `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${long}\r\n\r\n`, 431],
  ['two lengths', 'POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}', 400],
])('%s is answered with a problem and the end of the connection', async (_, text, status) => {
  const { app } = await testApi();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    answer += part;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status, code: 'API_REQUEST_INVALID' });
});
