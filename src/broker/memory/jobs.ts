import { brokerError } from '../errors.js';
import type { JobRecord, Jobs, StoredJob } from '../port.js';
import { assertJobId } from '../validate.js';
import { firstWaiter, type Waiter, type Waiting } from './waiting.js';

interface Slot {
  stored: StoredJob;
  /** Order of submission; breaks ties of createdAt. */
  readonly order: number;
}

export class MemoryJobs implements Jobs {
  readonly #slots = new Map<string, Slot>();
  /** Jobs that no learner has taken, in the order that they became queued. */
  readonly #queue = new Set<string>();
  readonly #takers = new Set<Waiter<string>>();
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
    if (this.#slots.has(record.jobId)) {
      throw brokerError('BROKER_JOB_EXISTS', `Job "${record.jobId}" exists already: submit under another id.`, {
        data: { jobId: record.jobId },
      });
    }
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

  async compareAndSet(revision: number, record: JobRecord): Promise<StoredJob | null> {
    this.#waiting.assertOpen();
    const slot = this.#slots.get(record.jobId);
    if (slot === undefined || slot.stored.revision !== revision) return null;
    const wasQueued = slot.stored.record.state === 'queued';
    slot.stored = { record: { ...record }, revision: ++this.#writes };
    if (record.state !== 'queued') this.#queue.delete(record.jobId);
    // A job that was queued already is either in the queue or taken; queuing it again would hand it out twice.
    else if (!wasQueued) this.#enqueue(record.jobId);
    return slot.stored;
  }

  async take(signal: AbortSignal): Promise<string> {
    this.#waiting.assertOpen();
    const taken = this.#waiting.wait(this.#takers, signal);
    this.#serve();
    return taken;
  }

  async remove(jobId: string): Promise<void> {
    this.#waiting.assertOpen();
    this.#slots.delete(jobId);
    this.#queue.delete(jobId);
    this.#forget(jobId);
  }

  #enqueue(jobId: string): void {
    this.#queue.add(jobId);
    this.#serve();
  }

  #serve(): void {
    for (const jobId of this.#queue) {
      const taker = firstWaiter(this.#takers);
      if (taker === undefined) return;
      this.#queue.delete(jobId);
      taker.resolve(jobId);
    }
  }
}
