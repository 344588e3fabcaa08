import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { removeJobFolder } from '../../../src/checkpoints/index.js';
import { isFinal } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import { readHeartbeats } from '../heartbeats.js';
import type { Principal } from '../security/principal.js';
import { findJob } from './access.js';

/** How long a learner is waited for that is about to let go, */
const WAIT_MS = 500;
/** and how often it is looked whether it has. */
const LOOK_MS = 100;

/** Deletes a job that has ended, with its checkpoints. The record goes last: whoever was cut short asks again. Of a job that a learner
 *  still has, nothing is deleted, as it would write the rest; a learner that is not heard of for so long that it counts as dead,
 *  and is not, removes by itself what it wrote.
 *  Rejects with API_JOB_UNKNOWN, API_JOB_ACTIVE and API_JOB_HELD, and with the signal's reason. */
export async function removeJob(
  context: Pick<ApiContext, 'broker' | 'clock' | 'jobIndex' | 'options' | 'progress'>,
  principal: Principal,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  const { record } = await findJob(context, principal, jobId);
  if (!isFinal(record.state)) {
    throw apiError('API_JOB_ACTIVE', `job ${jobId} is ${record.state}; cancel it before it is deleted`, {
      data: { jobId, state: record.state },
    });
  }
  const until = context.clock.monotonic() + WAIT_MS;
  while (await isHeld(context, jobId)) {
    if (context.clock.monotonic() >= until) {
      throw apiError('API_JOB_HELD', `job ${jobId} is ${record.state}, but its learner has not let go of it yet`, {
        data: { jobId, state: record.state },
      });
    }
    await setTimeout(LOOK_MS, undefined, { signal });
  }
  // An id is letters, digits, "_" and "-", so this is a folder inside.
  await removeJobFolder(join(context.options.checkpointFolder, jobId));
  await context.broker.jobs.remove(jobId);
  context.jobIndex.forget(jobId);
  context.progress.forget(jobId);
}

/** Whether a learner that lives names the job among those that it has. A job that has ended is begun by none. */
const isHeld = async ({ broker }: Pick<ApiContext, 'broker'>, jobId: string): Promise<boolean> =>
  readHeartbeats(await broker.learners.list()).some(({ jobIds }) => jobIds?.includes(jobId));
