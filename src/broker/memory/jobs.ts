import type { JobLease, JobRecord, Jobs, StoredJob } from '../port.js';
import { jobExists } from '../refusals.js';
import { assertJobId } from '../validate.js';
import { firstWaiter, type Waiter, type Waiting } from '../waiting.js';

interface Slot {
  stored: StoredJob;
  /** Order of submission; breaks ties of createdAt. */
  readonly order: number;
}

/** One passage of a job through the queue: from becoming queued until its lease is completed. */
interface Turn {
  readonly jobId: string;
  handedOut: number;
}

export class MemoryJobs implements Jobs {
  readonly #slots = new Map<string, Slot>();
  /** The newest turn of each job that has one. */
  readonly #turns = new Map<string, Turn>();
  /** Turns that no learner holds, in the order that their jobs became queued. */
  #queue: Turn[] = [];
  readonly #takers = new Set<Waiter<JobLease>>();
  readonly #waiting: Waiting;
  readonly #forget: (jobId: string) => void;
  /** Shared by revisions of all jobs, so that a removed and resubmitted job does not repeat one. */
  #writes = 0;

  constructor(waiting: Waiting, forget: (jobId: string) => void) {
    this.#waiting = waiting;
    this.#forget = forget;
  }

  async submit(record: JobRecord): Promise<StoredJob> {
    this.#waiting.assertOpen();
    assertJobId(record.jobId);
    if (this.#slots.has(record.jobId)) throw jobExists(record.jobId);
    const stored = { record: { ...record }, revision: ++this.#writes };
    this.#slots.set(record.jobId, { stored, order: stored.revision });
    if (record.state === 'queued') this.#enqueue(record.jobId);
    return stored;
  }

  async get(jobId: string): Promise<StoredJob | null> {
    this.#waiting.assertOpen();
    return this.#slots.get(jobId)?.stored ?? null;
  }

  async list(): Promise<readonly StoredJob[]> {
    this.#waiting.assertOpen();
    const newestFirst = (a: Slot, b: Slot): number =>
      b.stored.record.createdAt - a.stored.record.createdAt || b.order - a.order;
    return [...this.#slots.values()].sort(newestFirst).map((slot) => slot.stored);
  }

  async revisions(): Promise<ReadonlyMap<string, number>> {
    this.#waiting.assertOpen();
    return new Map(Array.from(this.#slots, ([jobId, { stored }]) => [jobId, stored.revision]));
  }

  async compareAndSet(revision: number, record: JobRecord): Promise<StoredJob | null> {
    this.#waiting.assertOpen();
    const slot = this.#slots.get(record.jobId);
    if (slot === undefined || slot.stored.revision !== revision) return null;
    const wasQueued = slot.stored.record.state === 'queued';
    slot.stored = { record: { ...record }, revision: ++this.#writes };
    // A job that was queued already is either in the queue or taken; queuing it again would hand it out twice.
    if (record.state === 'queued' && !wasQueued) this.#enqueue(record.jobId);
    return slot.stored;
  }

  async take(signal: AbortSignal): Promise<JobLease> {
    this.#waiting.assertOpen();
    const taken = this.#waiting.wait(this.#takers, signal);
    this.#serve();
    return taken;
  }

  async remove(jobId: string): Promise<void> {
    this.#waiting.assertOpen();
    this.#slots.delete(jobId);
    this.#turns.delete(jobId);
    this.#forget(jobId);
  }

  #enqueue(jobId: string): void {
    const turn = { jobId, handedOut: 0 };
    this.#turns.set(jobId, turn);
    this.#queue.push(turn);
    this.#serve();
  }

  #serve(): void {
    // What was queued and is not wanted any more is found out here, so that no write has to look for it in the queue.
    this.#queue = this.#queue.filter((turn) => this.#wanted(turn));
    for (let turn = this.#queue[0]; turn !== undefined; turn = this.#queue[0]) {
      const taker = firstWaiter(this.#takers);
      if (taker === undefined) return;
      this.#queue.shift();
      taker.resolve(this.#lease(turn));
    }
  }

  #wanted(turn: Turn): boolean {
    const state = this.#slots.get(turn.jobId)?.stored.record.state;
    if (this.#turns.get(turn.jobId) !== turn) return false;
    return state === 'queued' || (state === 'running' && turn.handedOut > 0);
  }

  #lease(turn: Turn): JobLease {
    const attempt = turn.handedOut++;
    let settled = false;
    const settle = (effect: () => void): void => {
      this.#waiting.assertOpen();
      if (settled) return;
      settled = true;
      effect();
    };
    return {
      jobId: turn.jobId,
      attempt,
      complete: async () =>
        settle(() => {
          if (this.#turns.get(turn.jobId) === turn) this.#turns.delete(turn.jobId);
        }),
      release: async () =>
        settle(() => {
          this.#queue.unshift(turn);
          this.#serve();
        }),
    };
  }
}
