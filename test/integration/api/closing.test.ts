import { once } from 'node:events';
import { Agent, get } from 'node:http';
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

test('nor does one that would be kept for another request, once its own is answered', async () => {
  const { app, url, broker } = await listeningApi();
  let answer = (): void => {};
  const asked = new Promise<void>((resolve) => {
    broker.actors.list = () => {
      resolve();
      return new Promise((answered) => {
        answer = () => answered([]);
      });
    };
  });
  const agent = new Agent({ keepAlive: true });
  const { port } = new URL(url);
  const answered = new Promise<number | undefined>((resolve, reject) => {
    get({ port, path: '/v1/actors', agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
  await asked;
  const closed = app.close();
  await new Promise(setImmediate);
  answer();
  expect(await answered).toBe(200);
  // Without, it would be closed by whichever side tires first: after more than a minute.
  await closed;
  agent.destroy();
});
