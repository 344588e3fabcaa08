import type { JobState, StoredJob } from '../../../src/broker/index.js';
import { type JobSpec, metadataOf } from '../../../src/jobs/index.js';
import type { Principal } from '../security/principal.js';
import { allows } from '../security/principal.js';

/** A job as lists know it: what it is called and where it stands, without its spec. */
export interface JobEntry {
  readonly jobId: string;
  readonly revision: number;
  readonly state: JobState;
  readonly name: string;
  /** null for a job that was not launched over HTTP. */
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: string;
  readonly algorithm: string;
  readonly shards: number;
  /** That may share it, as its spec says. */
  readonly learners: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly forkedFrom: { readonly jobId: string; readonly iteration: number } | null;
}

export function entryOf({ record, revision }: StoredJob): JobEntry {
  const { jobId, state, createdAt, updatedAt } = record;
  // Jobs that were handed in to an older version say nothing of learners.
  const { name, env, algorithm, rollout, learners = 1 } = JSON.parse(record.spec) as JobSpec;
  const { owner = null, labels = {}, forkedFrom = null } = metadataOf(record);
  return {
    jobId,
    revision,
    state,
    name,
    owner,
    labels,
    env: env.id,
    algorithm: algorithm.id,
    shards: rollout.shards,
    learners,
    createdAt,
    updatedAt,
    forkedFrom,
  };
}

/** Whether a job exists for somebody: its owner and admins see it, nobody else learns that it is there. */
export const mayAccess = (principal: Principal, owner: string | null | undefined): boolean =>
  allows(principal, 'admin') || (owner !== undefined && owner !== null && owner === principal.owner);
