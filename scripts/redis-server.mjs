// A real Redis for one test run: on a free port of the loopback interface, keeping nothing, gone afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SetupError } from './setup.mjs';

const PORT_ATTEMPTS = 5;
const STOP_GRACE_MS = 5000;

/** Starts the program; resolves to its URL and a function that stops it and removes its folder. */
export async function startRedis(program) {
  let log = '';
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = await freePort();
    const started = await tryStart(program, port);
    if (started.stop !== undefined) return { url: `redis://127.0.0.1:${port}`, stop: started.stop };
    log = started.log;
    // Between our look and its bind another program may take the port; any other reason will not go away.
    if (!/in use/i.test(log)) break;
  }
  throw new SetupError(`${program} did not start:\n${log}`);
}

async function tryStart(program, port) {
  const folder = mkdtempSync(join(tmpdir(), 'marlin-redis-'));
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => {
    server.once('exit', resolve);
    server.once('error', resolve);
  });
  const lines = [];
  const ready = new Promise((resolve) => {
    const read = (line) => {
      lines.push(line);
      if (/ready to accept connections/i.test(line)) resolve(true);
    };
    createInterface({ input: server.stdout }).on('line', read);
    createInterface({ input: server.stderr }).on('line', read);
    ended.then((reason) => {
      if (reason instanceof Error) lines.push(reason.message);
      resolve(false);
    });
  });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (!(await ready)) {
    remove();
    return { log: lines.join('\n') };
  }
  const stop = async () => {
    server.kill('SIGTERM');
    const killer = setTimeout(() => server.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(killer);
    remove();
  };
  return { stop };
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
