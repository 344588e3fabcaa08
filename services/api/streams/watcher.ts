import type { Frame } from './frame.js';
import { HEARTBEAT, noticeOf } from './frame.js';

/** Where a watcher's bytes go. */
export interface Sink {
  /** Whether more may be written now; `writable` is called when it may again. */
  readonly open: boolean;
  write(bytes: Uint8Array): void;
  end(): void;
}

/** What a watcher reads from; see JobFeed. */
export interface Source {
  /** The next frame for whoever has all until `sequence`; undefined at the end, `behind` where it is not in memory any more. */
  next(sequence: number): Frame | undefined | 'behind';
  /** Frames after a sequence, from where they are stored; none at the end. */
  stored(sequence: number): Promise<readonly Frame[]>;
  /** The history was read to its end, `sequence`: what comes after is had from `next`. Gives the sequence after which it is. */
  goLive(sequence: number): number;
  /** The newest sequence that is known. */
  readonly newest: number;
  /** The state in which the job ended, once nothing more is added to its history. */
  readonly ended: string | null;
}

export interface Watched {
  /** What the watcher has already. */
  readonly after: number;
  /** Types of events that it wants; null: all. */
  readonly types: ReadonlySet<string> | null;
  /** Told when a read failed; `again` tries once more. */
  readonly failed: (error: unknown, again: () => void) => void;
}

/** Why a watcher has to find out by itself what it was not sent. `slow`: it did not read fast enough; `dropped`: the history does
 *  not reach so far back; `restarted`: the history was lost and has begun anew, or never had the event that was named. */
export type ResyncReason = 'slow' | 'dropped' | 'restarted';

/** One client that watches a job. It keeps its place in the history, and not what it was not sent yet: that is in the feed, once
 *  for all. Who is too slow for it is told to look at the job anew, and goes on with what comes next. */
export class Watcher {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #watched: Watched;
  /** All until here was sent, or given up. */
  #sequence: number;
  /** Reads from memory; before, it catches up from where the history is stored. */
  #live = false;
  #page: readonly Frame[] = [];
  #pageAt = 0;
  /** The newest of each type that is still to be sent. */
  readonly #notices = new Map<string, Buffer>();
  #at: 'idle' | 'pumping' | 'reading' | 'closed' = 'idle';
  #quiet = true;
  #beats = 0;
  /** The history has the event that the client named. */
  #confirmed: boolean;
  /** Has all that there will ever be. */
  #complete = false;
  /** Counts restarts: what was read before one is of another history. */
  #history = 0;

  constructor(source: Source, sink: Sink, watched: Watched) {
    this.#source = source;
    this.#sink = sink;
    this.#watched = watched;
    this.#sequence = watched.after;
    this.#confirmed = watched.after === 0;
  }

  /** There may be something to send, or room to send it. */
  pump(): void {
    if (this.#at !== 'idle') return;
    this.#at = 'pumping';
    while (this.#sink.open) {
      if (this.#sendNotice()) continue;
      const frame = this.#nextFrame();
      if (frame === 'read') {
        this.#at = 'reading';
        void this.#read();
        return;
      }
      if (frame === undefined) break;
      this.#send(frame);
    }
    if (this.#complete && this.#notices.size === 0) this.end();
    else this.#at = 'idle';
  }

  /** Sends something that is not of the history; of what was not sent yet, only the newest of a type. */
  notice(type: string, data: object): void {
    this.#notices.set(type, noticeOf(type, data));
    this.pump();
  }

  /** The history has begun anew, or its end has to be read from where it is stored. */
  readStored(restarted: boolean): void {
    this.#live = false;
    this.#page = [];
    this.#history++;
    this.#confirmed ||= restarted;
    if (restarted) this.#resync('restarted', 0);
    this.pump();
  }

  /** Called regularly: says something if nothing was said since the last time, and ends after `longest` times. */
  beat(longest: number): void {
    if (++this.#beats >= longest) this.end();
    if (this.#quiet && this.#sink.open && this.#at !== 'closed') this.#sink.write(HEARTBEAT);
    this.#quiet = true;
  }

  /** Ends the stream. */
  end(): void {
    if (this.#at === 'closed') return;
    this.#at = 'closed';
    this.#sink.end();
  }

  /** The client is gone. */
  closed(): void {
    this.#at = 'closed';
    this.#page = [];
    this.#notices.clear();
  }

  #nextFrame(): Frame | undefined | 'read' {
    if (this.#complete) return undefined;
    if (!this.#live && this.#pageAt < this.#page.length) return this.#page[this.#pageAt++];
    if (!this.#live) return 'read';
    const frame = this.#source.next(this.#sequence);
    if (frame !== 'behind') return frame;
    this.#resync('slow', this.#source.newest);
    this.#sendNotice();
    return undefined;
  }

  async #read(): Promise<void> {
    const history = this.#history;
    try {
      const page = await this.#source.stored(this.#confirmed ? this.#sequence : this.#sequence - 1);
      // Pages that are there already, sent to a client that takes them at once, would let nothing else happen until the last.
      await new Promise(setImmediate);
      if (this.#isClosed()) return;
      if (history === this.#history) this.#take(page);
      this.#at = 'idle';
      this.pump();
    } catch (error) {
      if (this.#isClosed()) return;
      this.#watched.failed(error, () => {
        if (this.#isClosed()) return;
        this.#at = 'idle';
        this.pump();
      });
    }
  }

  #take(page: readonly Frame[]): void {
    this.#page = page;
    this.#pageAt = 0;
    if (this.#confirmed) {
      if (page.length === 0) this.#storedEnd();
      return;
    }
    this.#confirmed = true;
    if (page.length === 0) this.#resync('restarted', 0);
    else if (page[0]!.sequence === this.#sequence) this.#pageAt = 1;
  }

  #send(frame: Frame): void {
    if (frame.sequence > this.#sequence + 1) {
      this.#resync('dropped', frame.sequence - 1);
      this.#sendNotice();
    }
    this.#sequence = frame.sequence;
    const { types } = this.#watched;
    if (types !== null && !types.has(frame.type)) return;
    this.#quiet = false;
    this.#sink.write(frame.bytes);
  }

  #sendNotice(): boolean {
    const [next] = this.#notices;
    if (next === undefined) return false;
    const [type, bytes] = next;
    this.#notices.delete(type);
    this.#quiet = false;
    this.#sink.write(bytes);
    return true;
  }

  /** Goes on after `after`, and says so: `id` has a client that connects again go on there too. */
  #resync(reason: ResyncReason, after: number): void {
    const missed = { after, reason, missedAfter: this.#sequence };
    this.#sequence = after;
    this.#notices.set('resync', noticeOf('resync', missed, after));
  }

  #storedEnd(): void {
    const { ended } = this.#source;
    if (ended !== null) {
      this.#notices.set('end', noticeOf('end', { state: ended }));
      this.#complete = true;
      return;
    }
    const floor = this.#source.goLive(this.#sequence);
    // What lies in between was stored when the others had it, and is not any more.
    if (this.#sequence < floor) this.#resync('dropped', floor);
    this.#live = true;
  }

  #isClosed(): boolean {
    return this.#at === 'closed';
  }
}
