import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isFinal } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import type { Principal } from '../security/principal.js';
import { findJob } from './access.js';

/** Deletes a job that has ended, with its checkpoints. The record goes last: whoever was cut short asks again.
 *  Rejects with API_JOB_UNKNOWN and API_JOB_ACTIVE. */
export async function removeJob(
  context: Pick<ApiContext, 'broker' | 'jobIndex' | 'options' | 'progress'>,
  principal: Principal,
  jobId: string,
): Promise<void> {
  const { record } = await findJob(context, principal, jobId);
  if (!isFinal(record.state)) {
    throw apiError('API_JOB_ACTIVE', `job ${jobId} is ${record.state}; cancel it before it is deleted`, {
      data: { jobId, state: record.state },
    });
  }
  // An id is letters, digits, "_" and "-", so this is a folder inside.
  await rm(join(context.options.checkpointFolder, jobId), { recursive: true, force: true });
  await context.broker.jobs.remove(jobId);
  context.jobIndex.forget(jobId);
  context.progress.forget(jobId);
}
