import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobRecord, Jobs } from '../../src/broker/index.js';
import { checkpointWriteFailed, recordPath } from '../../src/checkpoints/index.js';

/** Writes the record beside the job's checkpoints: what a job is made of again when the broker has lost everything. The one before stays
 *  where that cannot be. Throws CHECKPOINT_WRITE_FAILED. */
export function keepRecord(checkpointFolder: string, record: JobRecord): void {
  const folder = join(checkpointFolder, record.jobId);
  const path = recordPath(folder);
  const text = JSON.stringify(record);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    throw checkpointWriteFailed(`The record of job ${record.jobId}`, error, {
      directory: folder,
      path,
      bytes: Buffer.byteLength(text),
      step: `writing ${path}`,
    });
  }
}

/** The record that is kept of a job; null where there is none. */
export function readKeptRecord(checkpointFolder: string, jobId: string): JobRecord | null {
  try {
    return JSON.parse(readFileSync(recordPath(join(checkpointFolder, jobId)), 'utf8')) as JobRecord;
  } catch {
    return null;
  }
}

/** The jobs of a broker that forgets, kept as learners keep those they have begun: from the moment that they are accepted. For where
 *  the broker ends with its process. */
export function keptJobs(jobs: Jobs, checkpointFolder: string): Jobs {
  return {
    get: (jobId) => jobs.get(jobId),
    list: () => jobs.list(),
    revisions: () => jobs.revisions(),
    changes: (mark) => jobs.changes(mark),
    take: (signal) => jobs.take(signal),
    remove: (jobId) => jobs.remove(jobId),
    async submit(record) {
      const stored = await jobs.submit(record);
      keepRecord(checkpointFolder, stored.record);
      return stored;
    },
    async compareAndSet(revision, record) {
      const stored = await jobs.compareAndSet(revision, record);
      if (stored !== null) keepRecord(checkpointFolder, stored.record);
      return stored;
    },
  };
}
