import { serializeError } from '../../../src/base/index.js';
import type { JobRecord } from '../../../src/broker/index.js';
import { metadataOf } from '../../../src/jobs/index.js';
import type { SteeredEvent } from '../../../src/training/index.js';
import type { ApiContext } from '../context.js';

/** Tells a job's history of the changes of state that its record has and the history has not, oldest first: those just made, and those
 *  of a server that died before it told them. The record is what counts, so a history that cannot be written now is none of the
 *  caller's concern. Of two servers that tell the same change, the first counts. */
export async function tellChanges(
  { broker, progress, logger }: Pick<ApiContext, 'broker' | 'progress' | 'logger'>,
  record: JobRecord,
): Promise<void> {
  const { jobId } = record;
  const { changes = [] } = metadataOf(record);
  if (changes.length === 0) return;
  try {
    const told = await progress.changes(jobId);
    for (const { at, from, to, by } of told.missing(changes)) {
      const event: SteeredEvent = { type: 'steered', from, to, by, askedAt: at };
      await broker.events.append(jobId, event.type, JSON.stringify(event));
    }
  } catch (error) {
    logger.warn({ jobId, error: serializeError(error) }, 'a change is not in the job’s history yet');
  }
}
