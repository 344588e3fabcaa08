import { connect, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { AbstractConnector, Command, type Redis, type RedisOptions } from 'ioredis';
import { type LargeReplies, ReplySplitter } from './reply-splitter.js';

/** What one read of the socket takes at most. */
const READ_BYTES = 256 * 1024;
/** Memory kept for the next large values. */
const KEPT_BUFFERS = 8;
/** Values that came after their caller had given up are forgotten when so many have come since. */
const KEPT_VALUES = 16;

/** Bytes in memory that is used again after `free`. */
export interface ReceivedValue {
  readonly bytes: Buffer;
  free(): void;
}

/** Large values to and from Redis without garbage: they are written from where they lie, in parts, and read into memory that is
 *  used again. Works on a connection that is made for it, on which nothing else asks for large strings. */
export class Transfers implements LargeReplies {
  readonly redis: Redis;
  readonly #free: Uint8Array[] = [];
  readonly #values = new Map<number, Buffer>();
  #last = 0;
  #connecting: Promise<void> | undefined;

  /** Opens no connection. `create` makes a client with more options. */
  constructor(create: (options: Pick<RedisOptions, 'Connector'>) => Redis, tls: boolean) {
    // Over TLS values take the usual way: the library decrypts into memory of its own anyway.
    this.redis = create(tls ? {} : { Connector: connectorTo(this) });
  }

  /** Connects at the first call. Does not reject: whether Redis can be reached shows with the command that follows. */
  async open(): Promise<void> {
    this.#connecting ??= this.redis.connect().catch(() => {});
    await this.#connecting;
  }

  /** Stores a value that consists of parts, for `seconds`. The parts must stay as they are until the promise settles. */
  put(key: string, parts: readonly Uint8Array[], seconds: number): Promise<unknown> {
    return this.redis.sendCommand(new PutCommand(key, parts, seconds)) as Promise<unknown>;
  }

  async get(key: string): Promise<ReceivedValue | null> {
    await this.open();
    // A number where the splitter has put one in the place of a large value.
    const reply = (await this.redis.getBuffer(key)) as Buffer | number | null;
    if (reply === null) return null;
    if (typeof reply !== 'number') return { bytes: reply, free: () => {} };
    const bytes = this.#values.get(reply);
    if (bytes === undefined) throw new Error('the value that came from Redis is not here any more');
    this.#values.delete(reply);
    let freed = false;
    const free = (): void => {
      if (!freed && this.#free.length < KEPT_BUFFERS) this.#free.push(new Uint8Array(bytes.buffer));
      freed = true;
    };
    return { bytes, free };
  }

  take(bytes: number): Uint8Array {
    const found = this.#free.pop();
    return found !== undefined && found.byteLength >= bytes ? found : new Uint8Array(bytes);
  }

  keep(memory: Uint8Array, bytes: number): number {
    this.#values.set(++this.#last, Buffer.from(memory.buffer, 0, bytes));
    const [oldest] = this.#values.keys();
    if (oldest !== undefined && this.#values.size > KEPT_VALUES) this.#values.delete(oldest);
    return this.#last;
  }
}

/** SET of a value in parts. The library would join them in new memory. */
class PutCommand extends Command {
  readonly #head: Buffer;
  readonly #parts: readonly Uint8Array[];
  readonly #tail: Buffer;

  constructor(key: string, parts: readonly Uint8Array[], seconds: number) {
    // For messages of errors; `toWritable` does not use them.
    super('set', [key, '', 'EX', seconds]);
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.#head = Buffer.from(`*5\r\n$3\r\nSET\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n$${bytes}\r\n`);
    this.#parts = parts.filter((part) => part.byteLength > 0);
    this.#tail = Buffer.from(`\r\n$2\r\nEX\r\n$${String(seconds).length}\r\n${seconds}\r\n`);
  }

  /** Writes all but the end, which the caller writes. Corked, so that one system call takes all parts and what follows them. */
  override toWritable(socket: object): Buffer {
    const stream = socket as Writable;
    stream.cork();
    process.nextTick(() => stream.uncork());
    stream.write(this.#head);
    for (const part of this.#parts) stream.write(part);
    return this.#tail;
  }
}

/** A class, as the library wants it, whose connections read into one buffer and split replies. */
const connectorTo = (large: LargeReplies) =>
  class extends AbstractConnector {
    readonly #options: { readonly host?: string; readonly port?: number; readonly family?: number };

    constructor(options: unknown) {
      const { disconnectTimeout = 2000, ...rest } = options as RedisOptions;
      super(disconnectTimeout);
      this.#options = rest as never;
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      const { host = '127.0.0.1', port = 6379, family } = this.#options;
      const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      const splitter = new ReplySplitter(large, (bytes) => socket.emit('data', bytes));
      const callback = (count: number): boolean => {
        splitter.write(buffer.subarray(0, count));
        return true;
      };
      const socket = connect({ host, port, ...(family === undefined ? {} : { family }), onread: { buffer, callback } });
      this.stream = socket;
      socket.once('error', (error) => {
        this.firstError = error;
      });
      return socket;
    }
  };
