import type { Clock } from '../../src/base/index.js';
import type { Broker, JobRecord, JobState, StoredJob } from '../../src/broker/index.js';
import { isFinal } from '../../src/jobs/index.js';

/** Moves a job to a state, unless it has ended, or is paused and could go on; returns it as it then is, null where it is gone. A job
 *  that has come to its end before anybody stopped it has ended, even if it was to be paused. */
export async function moveJob(
  { broker, clock }: { readonly broker: Broker; readonly clock: Clock },
  jobId: string,
  state: JobState,
  failure?: string,
): Promise<StoredJob | null> {
  for (;;) {
    const stored = await broker.jobs.get(jobId);
    if (stored === null || isFinal(stored.record.state)) return stored;
    if (stored.record.state === 'paused' && !isFinal(state)) return stored;
    const record: JobRecord = {
      ...stored.record,
      state,
      updatedAt: clock.now(),
      ...(failure === undefined ? {} : { failure }),
    };
    const written = await broker.jobs.compareAndSet(stored.revision, record);
    if (written !== null) return written;
  }
}
