import { type Clock, type Logger, MarlinError, serializeError } from '../../../src/base/index.js';
import type { Broker, JobEvent, StoredJob } from '../../../src/broker/index.js';
import { isFinal, metadataOf } from '../../../src/jobs/index.js';
import { readTold } from '../series/told.js';
import { type Frame, frameOf } from './frame.js';
import { FramePages } from './frame-pages.js';
import { FrameRing } from './frame-ring.js';
import type { Source, Watcher } from './watcher.js';

export interface FeedModules {
  readonly broker: Pick<Broker, 'jobs' | 'events'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FeedLimits {
  /** Newest events that are kept in memory. */
  readonly events: number;
  /** And their bytes, at present. */
  readonly bytes: () => number;
}

/** How often the job's record is looked at. */
const LOOK_MS = 1000;
/** A learner tells the end of a job that was cancelled some time after that, */
const LAST_WORDS_MS = 10_000;
/** and whoever cancelled it tells that at once. */
const TELLING_MS = 1000;
/** A fleet that lost its Redis makes a job anew; longer than this, and it is gone. */
const LOST_MS = 60_000;
const RETRY_MS = 500;
/** Events after which the record is likely another. */
const TURNS: ReadonlySet<string> = new Set(['started', 'paused', 'steered', 'finished', 'failed']);

/** A job as all who watch it in this process share it: one follower, however many they are, and its newest events once. What is
 *  older is read from where it is stored. */
export class JobFeed implements Source {
  readonly jobId: string;
  readonly #modules: FeedModules;
  readonly #limits: FeedLimits;
  readonly #watchers = new Set<Watcher>();
  readonly #closing = new AbortController();
  #pages: FramePages;
  /** null until somebody has read the history to its end. */
  #ring: FrameRing | null = null;
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #state: string | null = null;
  #lostAtMs: number | null = null;
  /** The newest turn that a learner told. */
  #lastTurn: string | null = null;
  /** The newest change of state that the history tells, by when it was asked for. */
  #steeredAt = 0;
  #ended: string | null = null;

  constructor(jobId: string, modules: FeedModules, limits: FeedLimits) {
    this.jobId = jobId;
    this.#modules = modules;
    this.#limits = limits;
    this.#pages = new FramePages(modules.broker.events, jobId);
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  get watchers(): ReadonlySet<Watcher> {
    return this.#watchers;
  }

  get ended(): string | null {
    return this.#ended;
  }

  get newest(): number {
    return this.#ring?.newest ?? 0;
  }

  /** `stored`: the job as the watcher's request found it. */
  join(watcher: Watcher, stored: StoredJob): void {
    if (this.#state === null) this.#recorded(stored);
    this.#watchers.add(watcher);
    watcher.notice('state', { state: this.#state });
  }

  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.#timer);
    this.#closing.abort();
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  next(sequence: number): Frame | undefined | 'behind' {
    const ring = this.#ring;
    if (ring === null) return undefined;
    return sequence < ring.floor ? 'behind' : ring.after(sequence);
  }

  async stored(sequence: number): Promise<readonly Frame[]> {
    return await this.#pages.after(sequence);
  }

  goLive(sequence: number): number {
    if (this.#ring === null) {
      this.#ring = new FrameRing(sequence, this.#limits);
      void this.#follow(this.#ring);
    }
    return this.#ring.floor;
  }

  /** Fills the ring until the history ends. An outage passes by itself; what else fails is tried again. */
  async #follow(ring: FrameRing): Promise<void> {
    const { broker, logger } = this.#modules;
    const { signal } = this.#closing;
    while (!signal.aborted && ring === this.#ring) {
      try {
        for await (const event of broker.events.follow(this.jobId, ring.newest, signal)) {
          if (ring !== this.#ring) return;
          ring.push(frameOf(event));
          if (TURNS.has(event.type)) {
            if (event.type === 'steered') this.#steeredAt = askedAt(event);
            else this.#lastTurn = event.type;
            void this.#look();
          }
          for (const watcher of this.#watchers) watcher.pump();
        }
        if (signal.aborted) return;
        // The history is gone, or another has begun.
        this.#begunAnew();
        return;
      } catch (error) {
        if (signal.aborted || closed(error)) return;
        logger.warn(
          { jobId: this.jobId, error: serializeError(error) },
          'a job’s events cannot be followed; trying again',
        );
        await pause(RETRY_MS, signal);
      }
    }
  }

  #begunAnew(): void {
    this.#ring = null;
    this.#pages = new FramePages(this.#modules.broker.events, this.jobId);
    this.#lastTurn = null;
    for (const watcher of this.#watchers) watcher.readStored(true);
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#ended !== null) return;
    this.#looking = true;
    try {
      this.#recorded(await this.#modules.broker.jobs.get(this.jobId));
    } catch {
      // The broker is away: looked at again.
    } finally {
      this.#looking = false;
    }
  }

  #recorded(stored: StoredJob | null): void {
    if (this.#closing.signal.aborted) return;
    if (stored === null) {
      this.#lostAtMs ??= this.#modules.clock.monotonic();
      if (this.#modules.clock.monotonic() - this.#lostAtMs > LOST_MS) {
        this.#state = 'removed';
        this.#end();
      }
      return;
    }
    this.#lostAtMs = null;
    const { state } = stored.record;
    if (state !== this.#state) {
      this.#state = state;
      for (const watcher of this.#watchers) watcher.notice('state', { state });
    }
    if (isFinal(state) && !this.#lastWordsToCome(stored)) this.#end();
  }

  /** Whether somebody is still to tell of the end: that a job succeeds or fails is told before its record says so, that it is
   *  cancelled after, by a learner that has it and by whoever asked for it. */
  #lastWordsToCome({ record }: StoredJob): boolean {
    if (record.state !== 'cancelled') return false;
    const agoMs = this.#modules.clock.now() - record.updatedAt;
    const change = metadataOf(record).changes?.at(-1);
    if (change !== undefined && this.#steeredAt < change.at && agoMs < TELLING_MS) return true;
    if (this.#lastTurn === 'finished' || this.#lastTurn === 'failed') return false;
    const held = change === undefined || change.from === 'running' || this.#lastTurn === 'started';
    return held && agoMs < LAST_WORDS_MS;
  }

  /** Nothing more is added: whoever has read what is stored is done. */
  #end(): void {
    this.#ended = this.#state;
    clearInterval(this.#timer);
    this.#ring = null;
    this.#closing.abort();
    this.#pages.readAnew();
    for (const watcher of this.#watchers) watcher.readStored(false);
  }
}

/** Of an event that tells a change of state. */
function askedAt(event: JobEvent): number {
  const told = readTold(event);
  return told?.type === 'steered' ? told.askedAt : 0;
}

const closed = (error: unknown): boolean => error instanceof MarlinError && error.code === 'BROKER_CLOSED';

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
