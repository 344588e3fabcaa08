import type { JobRecord, StoredJob } from '../../../src/broker/index.js';
import { metadataOf } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import type { Principal } from '../security/principal.js';
import { mayAccess } from './summary.js';

/** A job as it is stored now. Rejects with API_JOB_UNKNOWN where there is none, or none for this principal. */
export async function findJob(
  { broker }: Pick<ApiContext, 'broker'>,
  principal: Principal,
  jobId: string,
): Promise<StoredJob> {
  const stored = await broker.jobs.get(jobId);
  if (stored === null || !mayAccess(principal, metadataOf(stored.record).owner)) {
    throw apiError('API_JOB_UNKNOWN', `there is no job ${jobId}`, { data: { jobId } });
  }
  return stored;
}

/** Changes a job: `change` gives the new record, or null where nothing is to be done, and is asked again where somebody else was
 *  faster. One write of the broker, so that a process that dies has made the change or has not. */
export async function changeJob(
  context: Pick<ApiContext, 'broker' | 'clock' | 'jobIndex'>,
  principal: Principal,
  jobId: string,
  change: (stored: StoredJob) => JobRecord | null,
): Promise<StoredJob> {
  for (;;) {
    const stored = await findJob(context, principal, jobId);
    const record = change(stored);
    if (record === null) return stored;
    const written = await context.broker.jobs.compareAndSet(stored.revision, {
      ...record,
      updatedAt: context.clock.now(),
    });
    if (written === null) continue;
    context.jobIndex.note(written);
    return written;
  }
}
