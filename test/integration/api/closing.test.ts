import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { listeningApi } from '../../helpers/api/listening.js';

test('a connection over which nothing was asked does not hold the server up', async () => {
  const { app, url } = await listeningApi();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.on('error', () => {});
  // The server knows of the connection once it has answered another one.
  await fetch(`${url}/livez`);
  await app.close();
  await closed;
  expect(socket.destroyed).toBe(true);
});
