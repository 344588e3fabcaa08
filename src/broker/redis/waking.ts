import type { Redis } from 'ioredis';
import { MarlinError } from '../../base/index.js';
import { firstWaiter, type Waiter, type Waiting } from '../waiting.js';

/** A subscription that nobody needs is kept that long: the next read of the same job will. */
const KEEP_SUBSCRIBED_MS = 10_000;
/** A connection that only listens does not notice that the other end is gone, so it asks. */
const PING_MS = 5000;

interface Channel {
  readonly bells: Map<string, Set<Set<Waiter<void>>>>;
  users: number;
  release?: NodeJS.Timeout | undefined;
}

/** Lets calls wait for what other processes do. A message on a channel is a topic, `*` for all; it only says "look again", so a
 *  message that is lost costs time (until the next look, `pollMs` later), and one too many costs a look. */
export class Waking {
  readonly #subscriber: Redis;
  readonly #waiting: Waiting;
  readonly #pollMs: number;
  readonly #channels = new Map<string, Channel>();
  #pinging: NodeJS.Timeout | undefined;

  constructor(subscriber: Redis, waiting: Waiting, pollMs: number) {
    this.#subscriber = subscriber;
    this.#waiting = waiting;
    this.#pollMs = pollMs;
    subscriber.on('message', (name: string, topic: string) => this.#ring(this.#channels.get(name), topic));
    // Whatever was said while the connection was away was not heard.
    subscriber.on('ready', () => {
      for (const channel of this.#channels.values()) this.#ring(channel, '*');
    });
  }

  /** What `look` finds: it looks at once, after every message on the topic, and every `pollMs`, until it finds something. An outage
   *  counts as nothing found. Rejects with what else `look` rejects with, with the signal's reason, or with BROKER_CLOSED. */
  async until<T>(name: string, topic: string, signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T> {
    this.#waiting.assertOpen();
    const channel = this.#use(name);
    const bell = new Set<Waiter<void>>();
    const bells = channel.bells.get(topic) ?? new Set();
    channel.bells.set(topic, bells);
    bells.add(bell);
    try {
      for (;;) {
        if (signal.aborted) throw signal.reason;
        // Waits before it looks: what happens in between rings.
        const rung = this.#waiting.wait(bell, signal);
        rung.catch(() => {});
        const found = await this.#look(look);
        if (found !== undefined) return found;
        const timer = setTimeout(() => firstWaiter(bell)?.resolve(), this.#pollMs);
        await rung.finally(() => clearTimeout(timer));
      }
    } finally {
      firstWaiter(bell)?.resolve();
      bells.delete(bell);
      if (bells.size === 0) channel.bells.delete(topic);
      this.#leave(name, channel);
    }
  }

  /** Makes calls of this process look again without a message. */
  ring(name: string, topic: string): void {
    this.#ring(this.#channels.get(name), topic);
  }

  close(): void {
    clearInterval(this.#pinging);
    for (const channel of this.#channels.values()) clearTimeout(channel.release);
    this.#channels.clear();
  }

  async #look<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (error instanceof MarlinError && error.retryable) return undefined;
      throw error;
    }
  }

  #ring(channel: Channel | undefined, topic: string): void {
    for (const [each, bells] of channel?.bells ?? []) {
      if (topic !== '*' && topic !== each) continue;
      for (const bell of bells) firstWaiter(bell)?.resolve();
    }
  }

  #use(name: string): Channel {
    this.#pinging ??= setInterval(() => void this.#subscriber.ping().catch(() => {}), PING_MS).unref();
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = { bells: new Map(), users: 0 };
      this.#channels.set(name, channel);
      const created = channel;
      // Looks again once it listens, for what was said before.
      this.#subscriber.subscribe(name).then(
        () => this.#ring(created, '*'),
        () => {},
      );
    }
    clearTimeout(channel.release);
    channel.users++;
    return channel;
  }

  #leave(name: string, channel: Channel): void {
    channel.users--;
    if (channel.users > 0 || this.#waiting.closed) return;
    clearTimeout(channel.release);
    channel.release = setTimeout(() => {
      if (this.#channels.get(name) !== channel) return;
      this.#channels.delete(name);
      this.#subscriber.unsubscribe(name).catch(() => {});
    }, KEEP_SUBSCRIBED_MS);
    channel.release.unref();
  }
}
