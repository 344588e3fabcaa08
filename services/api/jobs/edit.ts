import type { StoredJob } from '../../../src/broker/index.js';
import {
  isFinal,
  type JobLabels,
  type JobMetadata,
  type JobSpec,
  jobError,
  metadataOf,
} from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import type { Principal } from '../security/principal.js';
import { findJob } from './access.js';
import { resolveSpec } from './launch.js';
import { etagOf } from './view.js';

/** What of a job may be changed: nothing that its weights follow from. */
export interface JobEdit {
  readonly name?: string;
  readonly labels?: JobLabels;
  readonly stop?: JobSpec['stop'];
}

/** Changes a job that is still as its editor has read it. A learner that trains it goes on with the new end within seconds.
 *  Rejects with API_PRECONDITION_REQUIRED, API_PRECONDITION_FAILED, JOB_SPEC_INVALID, and JOB_STATE_INVALID for a new end of a job
 *  that has ended. */
export async function editJob(
  context: Pick<ApiContext, 'broker' | 'clock' | 'jobIndex' | 'catalogs'>,
  principal: Principal,
  jobId: string,
  ifMatch: string | undefined,
  { name, labels, stop }: JobEdit,
): Promise<StoredJob> {
  const stored = await findJob(context, principal, jobId);
  assertMatches(stored, ifMatch);
  const { record, revision } = stored;
  if (stop !== undefined && isFinal(record.state)) {
    throw jobError(
      'JOB_STATE_INVALID',
      `job ${jobId} is ${record.state}, so it is too late to say when it is to stop`,
      {
        data: { jobId, state: record.state },
      },
    );
  }
  const before = JSON.parse(record.spec) as JobSpec;
  const spec = resolveSpec(
    { ...before, ...(name === undefined ? {} : { name }), ...(stop === undefined ? {} : { stop }) },
    context,
  );
  const metadata: JobMetadata = { ...metadataOf(record), ...(labels === undefined ? {} : { labels }) };
  const written = await context.broker.jobs.compareAndSet(revision, {
    ...record,
    spec: JSON.stringify(spec),
    metadata: JSON.stringify(metadata),
    updatedAt: context.clock.now(),
  });
  if (written === null) throw changedMeanwhile(jobId);
  context.jobIndex.note(written);
  return written;
}

/** Throws API_PRECONDITION_REQUIRED without an If-Match header, and API_PRECONDITION_FAILED where it names another revision. */
function assertMatches(stored: StoredJob, ifMatch: string | undefined): void {
  if (ifMatch === undefined) {
    throw apiError('API_PRECONDITION_REQUIRED', 'send If-Match with the ETag that the job had when it was read');
  }
  const named = ifMatch.split(',').map((tag) => tag.trim());
  if (!named.includes('*') && !named.includes(etagOf(stored))) throw changedMeanwhile(stored.record.jobId);
}

const changedMeanwhile = (jobId: string): Error =>
  apiError('API_PRECONDITION_FAILED', `job ${jobId} was changed since it was read; read it again`);
