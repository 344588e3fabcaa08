import type { JobRecord, StoredJob } from '../../../src/broker/index.js';
import { type JobSpec, metadataOf } from '../../../src/jobs/index.js';
import type { Job, JobSummary } from '../schemas/job.js';
import type { Progress } from './progress.js';
import { entryOf, type JobEntry } from './summary.js';

/** A job as lists show it. */
export const summaryView = (entry: JobEntry): JobSummary => ({
  id: entry.jobId,
  name: entry.name,
  state: entry.state,
  owner: entry.owner,
  labels: { ...entry.labels },
  env: entry.env,
  algorithm: entry.algorithm,
  forkedFrom: entry.forkedFrom,
  createdAt: timeText(entry.createdAt),
  updatedAt: timeText(entry.updatedAt),
  revision: entry.revision,
});

/** A job as it is shown by itself. */
export const jobView = (stored: StoredJob, progress: Progress, learners: Job['learners']): Job => ({
  ...summaryView(entryOf(stored)),
  spec: JSON.parse(stored.record.spec) as JobSpec,
  progress: {
    ...progress,
    returns: { ...progress.returns },
    rewardsPerStep: { ...progress.rewardsPerStep },
  } as Job['progress'],
  learners,
  failure: failureOf(stored.record),
  changes: (metadataOf(stored.record).changes ?? []).map((change) => ({ ...change, at: timeText(change.at) })),
});

export const etagOf = ({ revision }: StoredJob): string => `"${revision}"`;
export const locationOf = (jobId: string): string => `/v1/jobs/${jobId}`;

/** Milliseconds since the epoch as RFC 3339. */
export const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** What the failure says to its owner; a learner's stack is not stored, and what else may be there is not shown. */
function failureOf({ failure }: JobRecord): Job['failure'] {
  if (failure === undefined) return null;
  const {
    code = 'INTERNAL',
    message = '',
    retryable = false,
    data = {},
  } = JSON.parse(failure) as Partial<NonNullable<Job['failure']>>;
  return { code, message, retryable, data };
}
