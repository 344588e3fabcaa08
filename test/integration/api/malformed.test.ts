import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { testApi } from '../../helpers/api/server.js';

const long = 'a'.repeat(20_000);

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
