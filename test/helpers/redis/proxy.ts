import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and Redis, and loses what it is told to lose. */
export class LossyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #pattern: string | null = null;
  #lost = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, connect(target, '127.0.0.1')));
  }

  static async start(target: number): Promise<LossyProxy> {
    const proxy = new LossyProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    onTestFinished(() => proxy.close());
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `redis://127.0.0.1:${address.port}`;
  }

  /** How many replies were lost. */
  get lost(): number {
    return this.#lost;
  }

  /** The next request that has `pattern` in it is carried out, but its connection breaks before the reply. */
  loseReplyTo(pattern: string): void {
    this.#pattern = pattern;
  }

  /** From now on nothing passes, in either direction, and no connection ends: half open. New ones pass again. */
  freezeConnections(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    let losing = false;
    const end = (): void => {
      client.destroy();
      server.destroy();
      this.#sockets.delete(client);
      this.#sockets.delete(server);
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (data) => {
      if (this.#pattern !== null && data.includes(this.#pattern)) {
        this.#pattern = null;
        losing = true;
      }
      server.write(data);
    });
    server.on('data', (data) => {
      if (!losing) {
        client.write(data);
        return;
      }
      this.#lost++;
      end();
    });
  }
}
