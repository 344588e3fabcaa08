import type { Clock } from '../../../src/base/index.js';
import { type Broker, JOB_STATES, type JobState, type StoredJob } from '../../../src/broker/index.js';
import { isFinal } from '../../../src/jobs/index.js';
import { SORT_KEYS, SortedJobs, type SortKey } from './sorted-jobs.js';
import { entryOf, type JobEntry } from './summary.js';

/** Older than this, the list is brought up to date while it is used; */
const FRESH_MS = 250;
/** and older than this, before it is used. */
const USABLE_MS = 800;
/** How often all revisions are compared, for what a process wrote and did not live to note. */
const COMPARED_MS = 30_000;
/** Records read at once. */
const PAGE = 50;
/** More changes than that are read as a list of all jobs, and views sorted anew. */
const MANY = 1000;

/** All jobs as one process knows them, so that listing thousands costs what the answer costs. What this process writes it knows at
 *  once; of what others write, learners above all, it learns within a second while lists are asked for, from the broker's list of
 *  what changed. */
export class JobIndex {
  readonly #broker: Pick<Broker, 'jobs'>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, JobEntry>();
  /** Made when first needed, and kept sorted from then on. */
  readonly #views = new Map<SortKey, SortedJobs>();
  readonly #states = new Map<JobState, number>(JOB_STATES.map((state) => [state, 0]));
  /** Owner → jobs that have not ended. */
  readonly #active = new Map<string, number>();
  /** Jobs that were deleted here, and how many readings had begun by then: those know them still. */
  readonly #forgotten = new Map<string, number>();
  #readings = 0;
  #reading = 0;
  /** Up to where the broker's changes are known. */
  #mark: string | null = null;
  #updating: Promise<void> | null = null;
  #updatedMs = Number.NEGATIVE_INFINITY;
  #comparing = false;
  #comparedMs = Number.NEGATIVE_INFINITY;

  constructor(modules: { readonly broker: Pick<Broker, 'jobs'>; readonly clock: Clock }) {
    this.#broker = modules.broker;
    this.#clock = modules.clock;
  }

  /** All jobs in ascending order of a key, equal ones in that of their ids, until anything else is awaited. Rejects with what the
   *  broker rejects with. */
  async sortedBy(key: SortKey): Promise<readonly JobEntry[]> {
    await this.refresh();
    return this.#view(key).entries;
  }

  /** Jobs of an owner that have not ended. Rejects as the broker does. */
  async activeOf(owner: string): Promise<number> {
    await this.refresh();
    return this.#active.get(owner) ?? 0;
  }

  /** State → jobs in it, every state there is. Rejects as the broker does. */
  async countStates(): Promise<ReadonlyMap<JobState, number>> {
    await this.refresh();
    return this.#states;
  }

  /** Told of what this process has written. */
  note(stored: StoredJob): void {
    const known = this.#entries.get(stored.record.jobId);
    if (known !== undefined && known.revision >= stored.revision) return;
    this.#forgotten.delete(stored.record.jobId);
    this.#put(stored);
  }

  /** Told of what this process has deleted. */
  forget(jobId: string): void {
    if (this.#reading > 0) this.#forgotten.set(jobId, this.#readings);
    this.#drop(jobId);
  }

  /** Resolves when what is known is not older than lists may be. Rejects as the broker does. */
  async refresh(): Promise<void> {
    const ageMs = this.#clock.monotonic() - this.#updatedMs;
    if (ageMs < FRESH_MS) return;
    this.#updating ??= this.#update().finally(() => {
      this.#updating = null;
    });
    if (ageMs >= USABLE_MS) await this.#updating;
    // Whoever needs it later is told what went wrong.
    else this.#updating.catch(() => {});
  }

  async #update(): Promise<void> {
    const begunMs = this.#clock.monotonic();
    const { jobIds, mark } = await this.#broker.jobs.changes(this.#mark);
    if (jobIds === null) await this.#compare();
    else await this.#read(jobIds);
    this.#mark = mark;
    this.#updatedMs = begunMs;
    if (begunMs - this.#comparedMs >= COMPARED_MS && !this.#comparing) {
      this.#comparing = true;
      const done = (): void => {
        this.#comparing = false;
      };
      // Nobody waits for it; where it fails, it is due again.
      this.#compare().then(done, done);
    }
  }

  /** Compares all jobs with what is known of them, and reads those that differ. */
  async #compare(): Promise<void> {
    const begunMs = this.#clock.monotonic();
    if (this.#entries.size === 0) {
      await this.#readAll();
    } else {
      const before = [...this.#entries.keys()];
      const revisions = await this.#broker.jobs.revisions();
      const changed = [...revisions].flatMap(([jobId, revision]) =>
        this.#entries.get(jobId)?.revision === revision ? [] : [jobId],
      );
      const gone = before.filter((jobId) => !revisions.has(jobId));
      if (changed.length > MANY) await this.#readAll();
      else await this.#read(changed);
      // Read, not believed: it may have been written here in the meantime.
      await this.#read(gone);
    }
    this.#comparedMs = begunMs;
  }

  #readAll(): Promise<void> {
    return this.#whileReading(async (reading) => {
      const known = this.#revisions();
      const all = await this.#broker.jobs.list();
      if (all.length > MANY) this.#views.clear();
      for (let from = 0; from < all.length; from += PAGE) {
        for (const stored of all.slice(from, from + PAGE)) {
          this.#take(stored.record.jobId, stored, known.get(stored.record.jobId), reading);
        }
        await others();
      }
      for (const key of SORT_KEYS) {
        this.#view(key);
        await others();
      }
    });
  }

  #read(jobIds: readonly string[]): Promise<void> {
    return this.#whileReading(async (reading) => {
      if (jobIds.length > MANY) this.#views.clear();
      for (let from = 0; from < jobIds.length; from += PAGE) {
        const page = jobIds.slice(from, from + PAGE);
        const known = page.map((jobId) => this.#entries.get(jobId)?.revision);
        const found = await Promise.all(page.map((jobId) => this.#broker.jobs.get(jobId)));
        for (const [i, jobId] of page.entries()) this.#take(jobId, found[i]!, known[i], reading);
        await others();
      }
    });
  }

  async #whileReading(read: (reading: number) => Promise<void>): Promise<void> {
    const reading = ++this.#readings;
    this.#reading++;
    try {
      await read(reading);
    } finally {
      if (--this.#reading === 0) this.#forgotten.clear();
    }
  }

  /** Takes over what was read of a job, of which `known` was the revision when it was asked for. An older one than that is right where
   *  the broker has lost its newest writes. */
  #take(jobId: string, stored: StoredJob | null, known: number | undefined, reading: number): void {
    if ((this.#forgotten.get(jobId) ?? 0) >= reading) return;
    const unchanged = this.#entries.get(jobId)?.revision === known;
    if (stored === null) {
      if (unchanged) this.#drop(jobId);
    } else if (!unchanged) {
      this.note(stored);
    } else if (stored.revision !== known) {
      this.#put(stored);
    }
  }

  #put(stored: StoredJob): void {
    const entry = entryOf(stored);
    const old = this.#entries.get(entry.jobId);
    if (old !== undefined) this.#count(old, -1);
    this.#count(entry, 1);
    this.#entries.set(entry.jobId, entry);
    for (const view of this.#views.values()) view.replace(old, entry);
  }

  #drop(jobId: string): void {
    const old = this.#entries.get(jobId);
    if (old === undefined) return;
    this.#count(old, -1);
    this.#entries.delete(jobId);
    for (const view of this.#views.values()) view.replace(old, undefined);
  }

  #count({ state, owner }: JobEntry, change: 1 | -1): void {
    this.#states.set(state, (this.#states.get(state) ?? 0) + change);
    if (owner === null || isFinal(state)) return;
    const active = (this.#active.get(owner) ?? 0) + change;
    if (active > 0) this.#active.set(owner, active);
    else this.#active.delete(owner);
  }

  #view(key: SortKey): SortedJobs {
    let view = this.#views.get(key);
    if (view === undefined) {
      view = new SortedJobs(key, this.#entries.values());
      this.#views.set(key, view);
    }
    return view;
  }

  #revisions(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#entries, ([jobId, { revision }]) => [jobId, revision]));
  }
}

/** Lets other requests be served. */
const others = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
