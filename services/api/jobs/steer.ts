import type { JobState, StoredJob } from '../../../src/broker/index.js';
import { assertTransition, metadataOf, withChange } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import type { Principal } from '../security/principal.js';
import { changeJob } from './access.js';
import { tellChanges } from './change-log.js';

/** Where somebody can want a job to be. Queued: going on. */
export type Wish = 'paused' | 'queued' | 'cancelled';

/** Moves a job to a state; its learner, which looks every second, follows. Where it is there already nothing is done, so that a
 *  request may be repeated. Rejects with API_JOB_UNKNOWN, and with JOB_STATE_INVALID where the state forbids it. */
export async function steerJob(
  context: Pick<ApiContext, 'broker' | 'clock' | 'jobIndex' | 'progress' | 'logger'>,
  principal: Principal,
  jobId: string,
  wish: Wish,
): Promise<StoredJob> {
  const stored = await changeJob(context, principal, jobId, ({ record }) => {
    const there: readonly JobState[] = wish === 'queued' ? ['queued', 'running'] : [wish];
    if (there.includes(record.state)) return null;
    assertTransition(jobId, record.state, wish);
    const metadata = metadataOf(record);
    // Tells changes apart.
    const at = Math.max(context.clock.now(), (metadata.changes?.at(-1)?.at ?? 0) + 1);
    const change = { at, from: record.state, to: wish, by: principal.owner };
    return { ...record, state: wish, metadata: JSON.stringify(withChange(metadata, change)) };
  });
  await tellChanges(context, stored.record);
  return stored;
}
