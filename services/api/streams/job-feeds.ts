import { MarlinError, serializeError } from '../../../src/base/index.js';
import type { Broker, StoredJob } from '../../../src/broker/index.js';
import { apiError } from '../errors.js';
import { ActorsWatch } from './actors-watch.js';
import { type FeedModules, JobFeed } from './job-feed.js';
import { type Sink, Watcher } from './watcher.js';

export interface FeedsModules extends FeedModules {
  readonly broker: Pick<Broker, 'jobs' | 'events' | 'actors'>;
}

export interface FeedsOptions {
  /** Streams at once. */
  readonly streams: number;
  /** And of one key. */
  readonly streamsPerKey: number;
  /** Newest events of a job that are kept in memory; whoever is further behind is told to resync. */
  readonly ringEvents?: number;
  /** And their bytes. */
  readonly ringBytes?: number;
  /** And those of all jobs together, of which each has an equal share. */
  readonly ringBytesOfAll?: number;
  readonly heartbeatMs?: number;
  /** A stream is closed after so long; its client connects again, and shows its key. */
  readonly longestMs?: number;
}

export interface Watching {
  /** Who watches: a key's id; null where none is asked for, which the limit per key does not hold for. */
  readonly keyId: string | null;
  readonly stored: StoredJob;
  /** Sequence of the newest event that the watcher has; 0: none. */
  readonly after: number;
  /** Types of events that it wants; null: all. */
  readonly types: ReadonlySet<string> | null;
}

/** A stream that is open. */
export interface Stream {
  /** There is room for more to be sent. */
  writable(): void;
  /** The client is gone: everything of the stream is freed. */
  closed(): void;
}

const RING_EVENTS = 512;
const RING_BYTES = 4 * 2 ** 20;
const RING_BYTES_OF_ALL = 64 * 2 ** 20;
const LEAST_RING_BYTES = 64 * 2 ** 10;
const HEARTBEAT_MS = 15_000;
const LONGEST_MS = 1_800_000;
const RETRY_MS = 500;

/** All streams of events of this process. */
export class JobFeeds {
  readonly #modules: FeedsModules;
  readonly #options: Required<FeedsOptions>;
  readonly #feeds = new Map<string, JobFeed>();
  readonly #openOfKey = new Map<string, number>();
  readonly #actors: ActorsWatch;
  #open = 0;
  #heart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(modules: FeedsModules, options: FeedsOptions) {
    this.#modules = modules;
    this.#options = {
      ringEvents: RING_EVENTS,
      ringBytes: RING_BYTES,
      ringBytesOfAll: RING_BYTES_OF_ALL,
      heartbeatMs: HEARTBEAT_MS,
      longestMs: LONGEST_MS,
      ...options,
    };
    this.#actors = new ActorsWatch(modules.broker, (change) => {
      for (const feed of this.#feeds.values()) for (const watcher of feed.watchers) watcher.notice('actors', change);
    });
  }

  /** Streams that are open. */
  get open(): number {
    return this.#open;
  }

  /** Jobs that are followed. */
  get followed(): number {
    return this.#feeds.size;
  }

  /** Throws API_STREAMS_EXCEEDED. */
  assertRoom(keyId: string | null): void {
    const { streams, streamsPerKey } = this.#options;
    const ofKey = keyId === null ? 0 : (this.#openOfKey.get(keyId) ?? 0);
    if (this.#open < streams && ofKey < streamsPerKey && !this.#closed) return;
    const limit = this.#open < streams ? streamsPerKey : streams;
    throw apiError('API_STREAMS_EXCEEDED', `${limit} streams of events are open, and no more may be`, {
      data: { limit },
    });
  }

  /** Sends a job's events to `sink`, from now until either end closes. Throws API_STREAMS_EXCEEDED. */
  watch({ keyId, stored, after, types }: Watching, sink: Sink): Stream {
    this.assertRoom(keyId);
    const { jobId } = stored.record;
    const feed = this.#feedOf(jobId);
    const watcher = new Watcher(feed, sink, {
      after,
      types,
      failed: (error, again) => this.#retry(watcher, error, again),
    });
    this.#count(keyId, 1);
    feed.join(watcher, stored);
    watcher.pump();
    let left = false;
    return {
      writable: () => watcher.pump(),
      closed: () => {
        if (left) return;
        left = true;
        watcher.closed();
        feed.leave(watcher);
        this.#count(keyId, -1);
        if (feed.watchers.size > 0) return;
        feed.close();
        if (this.#feeds.get(jobId) === feed) this.#feeds.delete(jobId);
      },
    };
  }

  /** Ends all streams, and lets none begin. */
  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds.values()) feed.close();
    this.#actors.watch(false);
    clearInterval(this.#heart);
  }

  #feedOf(jobId: string): JobFeed {
    let feed = this.#feeds.get(jobId);
    if (feed === undefined) {
      const { ringEvents, ringBytes, ringBytesOfAll } = this.#options;
      feed = new JobFeed(jobId, this.#modules, {
        events: ringEvents,
        bytes: () => Math.max(LEAST_RING_BYTES, Math.min(ringBytes, ringBytesOfAll / this.#feeds.size)),
      });
      this.#feeds.set(jobId, feed);
    }
    return feed;
  }

  #count(keyId: string | null, change: 1 | -1): void {
    this.#open += change;
    if (keyId !== null) {
      const open = (this.#openOfKey.get(keyId) ?? 0) + change;
      if (open > 0) this.#openOfKey.set(keyId, open);
      else this.#openOfKey.delete(keyId);
    }
    const wanted = this.#open > 0 && !this.#closed;
    this.#actors.watch(wanted);
    const longestBeats = Math.ceil(this.#options.longestMs / this.#options.heartbeatMs);
    if (wanted && this.#heart === undefined) {
      this.#heart = setInterval(() => {
        for (const feed of this.#feeds.values()) for (const watcher of feed.watchers) watcher.beat(longestBeats);
      }, this.#options.heartbeatMs);
    } else if (!wanted) {
      clearInterval(this.#heart);
      this.#heart = undefined;
    }
  }

  #retry(watcher: Watcher, error: unknown, again: () => void): void {
    if (error instanceof MarlinError && error.code === 'BROKER_CLOSED') return watcher.end();
    const { logger } = this.#modules;
    logger.debug({ error: serializeError(error) }, 'a history cannot be read now; trying again');
    setTimeout(again, RETRY_MS).unref();
  }
}
