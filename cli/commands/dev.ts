import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageFile } from '../../src/base/index.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { findProgram } from '../programs.js';

export interface DevFlags {
  readonly actors: number;
  readonly slots?: number;
  readonly port: number;
  readonly checkpoints: string;
  readonly envModule: readonly string[];
}

/** How long a redis-server may take until it answers. */
const REDIS_START_MS = 10_000;

/** marlin dev: a whole fleet on this machine — Redis (REDIS_URL, or a redis-server of its own), a learner, an API and actors, a process
 *  each, with their logs on standard error — until it is interrupted or one of them ends. */
export async function dev(host: Host, flags: DevFlags): Promise<number> {
  const children: ChildProcess[] = [];
  const stopped = new AbortController();
  const forget = host.onInterrupt(() => stopped.abort());
  const folder = mkdtempSync(join(tmpdir(), 'marlin-dev-'));
  try {
    const url = host.settings.redisUrl ?? (await startRedis(host, folder, children));
    const modules = [...host.settings.environmentModules, ...flags.envModule].map((path) => resolve(path));
    const shared = { ...host.settings.variables, REDIS_URL: url, MARLIN_ENVS: modules.join(','), PROBE_PORT: '0' };
    const start = (command: string, variables: Readonly<Record<string, string>>): void => {
      const main = packageFile('dist/cli/main.js');
      const env = { ...shared, ...variables };
      // Each in a group of its own: an interrupt at the terminal must reach this process alone, which then stops them in order.
      children.push(spawn(process.execPath, [main, command], { env, stdio: ['ignore', 2, 2], detached: true }));
    };
    // Jobs that a Redis of our own lost with the last session go on from their checkpoints.
    const recover = String(host.settings.redisUrl === undefined);
    start('learner', { CHECKPOINT_DIR: resolve(flags.checkpoints), LEARNER_RECOVER: recover });
    // Its own log line tells the port where any was asked for.
    start('api', { CHECKPOINT_DIR: resolve(flags.checkpoints), API_HOST: '127.0.0.1', API_PORT: String(flags.port) });
    for (let a = 0; a < flags.actors; a++) {
      start('actor', flags.slots === undefined ? {} : { ACTOR_SLOTS: String(flags.slots) });
    }
    host.stderr.write(`a fleet of 1 learner and ${flags.actors} actors is starting; train on it with\n`);
    host.stderr.write(`  marlin train examples/median.json --broker ${url}\n`);
    const port = flags.port === 0 ? '<the port in its log>' : flags.port;
    host.stderr.write(`or over HTTP: http://127.0.0.1:${port}/docs\n`);
    const ended = children.map(async (child) => {
      const [code, signal] = (await once(child, 'exit', { signal: stopped.signal })) as [number | null, string | null];
      throw cliError('DEV_CHILD_ENDED', `${child.spawnargs.at(-1)} ended with ${signal ?? code}; its log is above`);
    });
    await Promise.all(ended).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
    return EXIT.success;
  } finally {
    // Those that work first, Redis after them.
    for (const child of children.reverse()) await end(child);
    forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function startRedis(host: Host, folder: string, children: ChildProcess[]): Promise<string> {
  const program = findProgram(host.settings, 'redis-server');
  if (program === undefined) {
    throw cliError(
      'DEV_REDIS_MISSING',
      'there is no redis-server on this machine and no REDIS_URL; install one or name one',
    );
  }
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(program, [...args, '--maxmemory-policy', 'noeviction', '--loglevel', 'warning'], {
    // As the others; and it ends after those that use it.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  const deadline = host.clock.monotonic() + REDIS_START_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || host.clock.monotonic() > deadline) {
      throw cliError('DEV_REDIS_MISSING', `${program} did not start on port ${port}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
  return `redis://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
