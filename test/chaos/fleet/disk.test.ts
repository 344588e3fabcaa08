import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { keepRecord } from '../../../services/learner/kept-jobs.js';
import { createMemoryBroker, type JobRecord } from '../../../src/broker/index.js';
import { nodeFileSystem, recordPath } from '../../../src/checkpoints/index.js';
import { startWorkers } from '../../helpers/api/workers.js';
import { JobHistory } from '../../helpers/fleet/history.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ITERATIONS = 25;
const spec = fleetJob(ITERATIONS);
const record: JobRecord = { jobId: 'job', state: 'queued', spec: JSON.stringify(spec), createdAt: 1, updatedAt: 1 };

/** A folder in which no record of the job can be kept: what it would be written to first is no file. */
function folderWithoutRecord(): string {
  const folder = temporaryFolder();
  mkdirSync(`${recordPath(join(folder, record.jobId))}.tmp`, { recursive: true });
  return folder;
}

test('the disk of the checkpoints is full for a while: the job says so, and goes on when there is room', async () => {
  const { open } = nodeFileSystem;
  let refused = 0;
  vi.spyOn(nodeFileSystem, 'open').mockImplementation(async (path, flags) => {
    if (flags === 'wx' && refused++ < 2) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    return await open(path, flags);
  });
  const broker = createMemoryBroker();
  await broker.jobs.submit(record);
  const job = new JobHistory(broker, record.jobId);
  startWorkers(broker, folderWithoutRecord());
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  const waits = job.events.filter(({ type }) => type === 'waiting');
  expect(waits).toMatchObject(Array(2).fill({ iteration: 10, reason: 'CHECKPOINT_WRITE_FAILED' }));
  expect(job.learnersBegun).toBe(3);
}, 60_000);

test('a record that cannot be kept tells what, where, and what to do', () => {
  const folder = folderWithoutRecord();
  const path = recordPath(join(folder, record.jobId));
  expect(() => keepRecord(folder, record)).toThrow(
    expect.objectContaining({
      code: 'CHECKPOINT_WRITE_FAILED',
      retryable: true,
      message: expect.stringMatching(
        /^The record of job job could not be saved: EISDIR while writing .*\. It needs \d+ bytes\. \w+ /,
      ),
      data: { path, errno: 'EISDIR', bytesNeeded: JSON.stringify(record).length },
    }),
  );
});
