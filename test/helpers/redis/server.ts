import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary-folder.js';
import { withRedis } from './testing.js';

/** A Redis of the running test's own, which may be killed, frozen and restarted on the same port and folder. */
export class TestRedis {
  readonly #port: number;
  readonly #options: Readonly<Record<string, string>>;
  #server: ChildProcess | null = null;

  private constructor(port: number, options: Readonly<Record<string, string>>) {
    this.#port = port;
    this.#options = options;
  }

  static async start(options: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), {
      save: '',
      'maxmemory-policy': 'noeviction',
      dir: temporaryFolder(),
      ...options,
    });
    onTestFinished(() => redis.stop());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const options = { port: `${this.#port}`, bind: '127.0.0.1', ...this.#options };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    const lines = createInterface({ input: server.stdout });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`redis-server ended with code ${code}`)));
      lines.on('line', (line) => {
        if (/ready to accept connections/i.test(line)) resolve();
      });
    });
  }

  /** Without any chance to write or to say goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    this.resume();
    await this.#end('SIGTERM');
  }

  /** Alive, connected, and silent. */
  pause(): void {
    this.#server?.kill('SIGSTOP');
  }

  resume(): void {
    this.#server?.kill('SIGCONT');
  }

  async killClients(): Promise<void> {
    await withRedis(async (redis) => {
      for (const type of ['normal', 'pubsub']) await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    }, this.url);
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
