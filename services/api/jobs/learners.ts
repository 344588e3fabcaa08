import type { Broker, JobRecord, LiveActor, OfferedParts } from '../../../src/broker/index.js';
import { type JobCatalogs, type JobSpec, sharedPolicies } from '../../../src/jobs/index.js';
import { type LiveHeartbeat, readHeartbeats } from '../heartbeats.js';
import type { Job, PartState } from '../schemas/job.js';
import type { JobEntry } from './summary.js';

type Part = NonNullable<Job['learners']>['parts'][number];

/** A part of a job that is at work, other than the first. */
export interface SharedPart {
  readonly jobId: string;
  readonly part: number;
  readonly state: PartState;
  /** Who has claimed it; null while nobody has. */
  readonly learnerId: string | null;
}

/** Part → ids of its policies. */
type Shares = readonly (readonly string[])[];

/** Jobs whose shares are remembered: making their environments to see them takes longer than showing them. */
const REMEMBERED = 500;

/** Who updates which policies of a job, as its spec deals them and the broker knows it now. */
export class JobLearners {
  readonly #broker: Pick<Broker, 'jobs' | 'learners' | 'parts'>;
  readonly #catalogs: JobCatalogs;
  /** Job id → its shares, null where this process cannot tell, in order of use. What of a spec can be changed is no matter of them. */
  readonly #shares = new Map<string, { readonly createdAt: number; readonly shares: Shares | null }>();

  constructor(modules: {
    readonly broker: Pick<Broker, 'jobs' | 'learners' | 'parts'>;
    readonly catalogs: JobCatalogs;
  }) {
    this.#broker = modules.broker;
    this.#catalogs = modules.catalogs;
  }

  /** null for a job whose environment or algorithm this process does not have. Rejects with what the broker rejects with. */
  async of(record: JobRecord): Promise<Job['learners']> {
    const { jobId, state } = record;
    if (state !== 'queued' && state !== 'running') return { wanted: 0, fence: null, parts: [] };
    const shares = this.#sharesOf(record);
    if (shares === null) return null;
    const [offered, records] = await Promise.all([
      state === 'running' && shares.length > 1 ? this.#broker.parts.offered(jobId) : null,
      this.#broker.learners.list(),
    ]);
    const first = { part: 0, policies: [...shares[0]!], ...leaderOf(jobId, offered, records) };
    const others = shares.slice(1).map((policies, p) => ({
      part: p + 1,
      policies: [...policies],
      ...holderOf(p + 1, offered),
    }));
    const kept = others.filter(({ state }) => state === 'kept').length;
    return { wanted: shares.length - kept, fence: offered?.epoch ?? null, parts: [first, ...others] };
  }

  /** Of each of these jobs that is queued, how many learners it could keep busy beside the one that takes it. Rejects as the broker does. */
  async furtherOf(entries: readonly JobEntry[]): Promise<readonly number[]> {
    return await Promise.all(
      entries
        .filter(({ state }) => state === 'queued')
        .map(async (entry) => (entry.learners > 1 ? ((await this.#sharesOfEntry(entry))?.length ?? 1) - 1 : 0)),
    );
  }

  /** The parts of these jobs that other learners than those that have them may update, of jobs at work. Rejects as the broker does. */
  async partsOf(entries: readonly JobEntry[]): Promise<readonly SharedPart[]> {
    const shared = entries.filter(({ state, learners }) => state === 'running' && learners > 1);
    const parts = await Promise.all(
      shared.map(async (entry) => {
        const { jobId } = entry;
        const [shares, offered] = await Promise.all([this.#sharesOfEntry(entry), this.#broker.parts.offered(jobId)]);
        return (shares ?? []).slice(1).flatMap((_, p): SharedPart[] => {
          const { state, learnerId } = holderOf(p + 1, offered);
          return state === 'kept' ? [] : [{ jobId, part: p + 1, state, learnerId }];
        });
      }),
    );
    return parts.flat();
  }

  async #sharesOfEntry({ jobId, createdAt }: JobEntry): Promise<Shares | null> {
    const known = this.#shares.get(jobId);
    if (known?.createdAt === createdAt) return known.shares;
    const stored = await this.#broker.jobs.get(jobId);
    return stored === null ? null : this.#sharesOf(stored.record);
  }

  #sharesOf({ jobId, createdAt, spec }: JobRecord): Shares | null {
    const known = this.#shares.get(jobId);
    const shares = known?.createdAt === createdAt ? known.shares : this.#dealt(spec);
    this.#shares.delete(jobId);
    this.#shares.set(jobId, { createdAt, shares });
    const [oldest] = this.#shares.keys();
    if (oldest !== undefined && this.#shares.size > REMEMBERED) this.#shares.delete(oldest);
    return shares;
  }

  #dealt(spec: string): Shares | null {
    try {
      return sharedPolicies(JSON.parse(spec) as JobSpec, this.#catalogs);
    } catch {
      // Its environment is known to learners only, or it is of another release.
      return null;
    }
  }
}

/** The learner that has the job: whoever offers its parts, else whoever names it. */
function leaderOf(
  jobId: string,
  offered: OfferedParts | null,
  records: readonly LiveActor[],
): Omit<Part, 'part' | 'policies'> {
  const beats = readHeartbeats(records);
  const offeredBy = offered?.parts[0]?.offeredBy;
  const holders = new Set(offered?.parts.map(({ holder }) => holder?.learnerId));
  const isLeader = ({ actorId, jobIds = [] }: LiveHeartbeat): boolean =>
    offeredBy === undefined ? jobIds.includes(jobId) && !holders.has(actorId) : actorId === offeredBy;
  const leader = beats.find(isLeader);
  if (leader !== undefined) return { state: 'held', learnerId: leader.actorId, heartbeatAge: seconds(leader.ageMs) };
  const state = offeredBy === undefined ? 'waiting' : 'lost';
  return { state, learnerId: offeredBy ?? null, heartbeatAge: null };
}

function holderOf(part: number, offered: OfferedParts | null): Omit<Part, 'part' | 'policies'> {
  const found = offered?.parts.find((each) => each.part === part);
  // Those that are not offered with the others are too large for what learners say to each other.
  if (offered !== null && found === undefined) return { state: 'kept', learnerId: null, heartbeatAge: null };
  const holder = found?.holder ?? null;
  if (holder === null) return { state: 'waiting', learnerId: null, heartbeatAge: null };
  const { learnerId, alive, begun, ageMs } = holder;
  return { state: !alive ? 'lost' : begun ? 'held' : 'joining', learnerId, heartbeatAge: seconds(ageMs) };
}

const seconds = (ageMs: number | null): number | null => (ageMs === null ? null : ageMs / 1000);
