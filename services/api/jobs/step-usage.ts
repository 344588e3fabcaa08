import type { Clock } from '../../../src/base/index.js';
import type { Events, JobEvent } from '../../../src/broker/index.js';
import { isFinal } from '../../../src/jobs/index.js';
import type { JobIndex } from './job-index.js';
import type { JobEntry } from './summary.js';

const DAY_MS = 86_400_000;
/** What was counted is believed for so long: launches that follow each other do not count anew. */
const BELIEVED_MS = 5000;
/** Among so many events of a history at least one tells how far the job is. */
const NEAR = 16;
const AT_ONCE = 10;
const REMEMBERED = 1000;

/** How far a job was. */
interface Standing {
  readonly sequence: number;
  readonly at: number;
  readonly iteration: number;
  readonly agentSteps: number;
}

/** Agent steps that the jobs of an owner have made in the last 24 hours, as their histories tell. Nothing is counted beside them, so
 *  that nothing is lost with a process and every process finds the same; of each history some thirty events are read, found by
 *  bisection, and of a job that is known only the newest. Iterations that were made again count once. Of a job that is older than a
 *  day and whose history does not reach back so far any more, the steps before are taken as made evenly. */
export class StepUsage {
  readonly #events: Pick<Events, 'read'>;
  readonly #jobIndex: Pick<JobIndex, 'sortedBy'>;
  readonly #clock: Clock;
  readonly #counted = new Map<string, { readonly atMs: number; readonly steps: Promise<number> }>();
  /** Job id → the newest standing that is known, in order of use. */
  readonly #newest = new Map<string, { readonly revision: number; readonly standing: Standing | null }>();

  constructor(modules: {
    readonly events: Pick<Events, 'read'>;
    readonly jobIndex: Pick<JobIndex, 'sortedBy'>;
    readonly clock: Clock;
  }) {
    this.#events = modules.events;
    this.#jobIndex = modules.jobIndex;
    this.#clock = modules.clock;
  }

  /** Rejects with what the broker rejects with. */
  async of(owner: string): Promise<number> {
    const now = this.#clock.monotonic();
    const known = this.#counted.get(owner);
    if (known !== undefined && now - known.atMs < BELIEVED_MS) return known.steps;
    for (const [other, { atMs }] of this.#counted) if (now - atMs >= BELIEVED_MS) this.#counted.delete(other);
    const steps = this.#count(owner);
    this.#counted.set(owner, { atMs: now, steps });
    steps.catch(() => this.#counted.delete(owner));
    return steps;
  }

  async #count(owner: string): Promise<number> {
    const since = this.#clock.now() - DAY_MS;
    const jobs = (await this.#jobIndex.sortedBy('updatedAt')).filter(
      (entry) => entry.owner === owner && (entry.updatedAt >= since || !isFinal(entry.state)),
    );
    let steps = 0;
    for (let from = 0; from < jobs.length; from += AT_ONCE) {
      const counts = await Promise.all(jobs.slice(from, from + AT_ONCE).map((entry) => this.#stepsOf(entry, since)));
      for (const count of counts) steps += count;
    }
    return steps;
  }

  async #stepsOf(entry: JobEntry, since: number): Promise<number> {
    const newest = await this.#newestOf(entry);
    if (newest === null || newest.at < since) return 0;
    const before = entry.createdAt < since ? await this.#stepsBefore(entry, since) : inherited(entry, newest);
    return Math.max(0, newest.agentSteps - before);
  }

  async #newestOf(entry: JobEntry): Promise<Standing | null> {
    const { jobId, revision, state } = entry;
    const known = this.#newest.get(jobId);
    if (known?.revision === revision && isFinal(state)) return known.standing;
    const standing = await this.#find(jobId, Number.POSITIVE_INFINITY, known?.standing?.sequence ?? 0);
    this.#newest.delete(jobId);
    this.#newest.set(jobId, { revision, standing });
    const [oldest] = this.#newest.keys();
    if (oldest !== undefined && this.#newest.size > REMEMBERED) this.#newest.delete(oldest);
    return standing;
  }

  async #stepsBefore(entry: JobEntry, since: number): Promise<number> {
    const found = await this.#find(entry.jobId, since, 0);
    if (found !== null) return found.agentSteps;
    const oldest = standings(await this.#events.read(entry.jobId, 0, NEAR))[0];
    if (oldest === undefined) return 0;
    const start = inherited(entry, oldest);
    const share = (since - entry.createdAt) / Math.max(1, oldest.at - entry.createdAt);
    return start + (oldest.agentSteps - start) * Math.min(1, share);
  }

  /** How far the job was at a time; null where no event so old tells it. `from`: a sequence that is not newer. */
  async #find(jobId: string, at: number, from: number): Promise<Standing | null> {
    const isThere = async (sequence: number): Promise<JobEvent | null> => {
      const [event] = await this.#events.read(jobId, sequence - 1, 1);
      return event !== undefined && event.at <= at ? event : null;
    };
    // The newest at or before a place that is too new: first in strides that double, then between the last two.
    let low = (await isThere(Math.max(1, from)))?.sequence ?? 0;
    if (low === 0) return from > 1 ? this.#find(jobId, at, 0) : null;
    let stride = 1;
    for (let next = await isThere(low + 1); next !== null; next = await isThere(low + stride)) {
      low = next.sequence;
      stride *= 2;
    }
    for (let high = low + stride; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((await isThere(middle)) === null) high = middle;
      else low = middle;
    }
    const near = await this.#events.read(jobId, Math.max(0, low - NEAR), Math.min(NEAR, low));
    return standings(near).at(-1) ?? null;
  }
}

function standings(events: readonly JobEvent[]): Standing[] {
  return events.flatMap(({ sequence, at, payload }) => {
    const { iteration, agentSteps } = JSON.parse(payload) as Partial<Standing>;
    return typeof agentSteps === 'number' ? [{ sequence, at, iteration: iteration ?? 0, agentSteps }] : [];
  });
}

/** A fork goes on counting from the checkpoint of the other job: what that one made is not its own. */
const inherited = ({ forkedFrom }: JobEntry, { iteration, agentSteps }: Standing): number =>
  forkedFrom === null || iteration === 0 ? 0 : (agentSteps * Math.min(forkedFrom.iteration, iteration)) / iteration;
