import type { JobChanges, JobLease, JobRecord, Jobs, StoredJob } from '../port.js';
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

/** Jobs of which it is known when they changed. */
const CHANGES_KEPT = 10_000;

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
  /** Job id → when it was written or removed, the longest ago first. */
  readonly #changes = new Map<string, number>();
  /** Of what changed until then, not all is known. */
  #changesAfter = 0;
  readonly #changesKept: number;

  constructor(waiting: Waiting, forget: (jobId: string) => void, changesKept = CHANGES_KEPT) {
    this.#waiting = waiting;
    this.#forget = forget;
    this.#changesKept = changesKept;
  }

  async submit(record: JobRecord): Promise<StoredJob> {
    this.#waiting.assertOpen();
    assertJobId(record.jobId);
    if (this.#slots.has(record.jobId)) throw jobExists(record.jobId);
    const stored = { record: { ...record }, revision: ++this.#writes };
    this.#slots.set(record.jobId, { stored, order: stored.revision });
    this.#changed(record.jobId, stored.revision);
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

  async changes(mark: string | null): Promise<JobChanges> {
    this.#waiting.assertOpen();
    const since = mark === null ? -1 : Number(mark);
    const told = since >= this.#changesAfter;
    const changed = [...this.#changes].filter(([, at]) => at > since);
    return { jobIds: told ? changed.map(([jobId]) => jobId) : null, mark: `${this.#writes}` };
  }

  async compareAndSet(revision: number, record: JobRecord): Promise<StoredJob | null> {
    this.#waiting.assertOpen();
    const slot = this.#slots.get(record.jobId);
    if (slot === undefined || slot.stored.revision !== revision) return null;
    const wasQueued = slot.stored.record.state === 'queued';
    slot.stored = { record: { ...record }, revision: ++this.#writes };
    this.#changed(record.jobId, slot.stored.revision);
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
    if (this.#slots.delete(jobId)) this.#changed(jobId, ++this.#writes);
    this.#turns.delete(jobId);
    this.#forget(jobId);
  }

  #changed(jobId: string, at: number): void {
    this.#changes.delete(jobId);
    this.#changes.set(jobId, at);
    const [oldest] = this.#changes;
    if (oldest === undefined || this.#changes.size <= this.#changesKept) return;
    this.#changes.delete(oldest[0]);
    this.#changesAfter = oldest[1];
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
