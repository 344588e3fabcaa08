import { expect, test } from 'vitest';
import { createMemoryBroker } from '../../../src/broker/index.js';
import { JobDirectory, type Workers } from '../../../src/training/index.js';
import { resolve, smallJob } from '../../helpers/training.js';

const IDS = Array.from({ length: 12 }, (_, j) => `job-${j}`);

/** A directory of twelve jobs, and threads that only tell what is open in them. */
async function start(keep?: number) {
  const broker = createMemoryBroker();
  const spec = JSON.stringify(resolve(smallJob));
  for (const jobId of IDS) await broker.jobs.submit({ jobId, state: 'running', spec, createdAt: 1, updatedAt: 1 });
  const open = new Set<string>();
  const workers: Workers = {
    size: 1,
    run: () => Promise.reject(new Error('no work is done here')),
    open: async ({ jobId }) => void open.add(jobId),
    closeJob: async (jobId) => void open.delete(jobId),
    close: async () => {},
  };
  return { directory: new JobDirectory(broker, [], keep), workers, open };
}

test('jobs stay open until whoever opened them closes them, however many there are', async () => {
  const { directory, workers, open } = await start();
  for (const jobId of IDS) await directory.open(jobId, workers);
  expect([...open]).toEqual(IDS);
  await directory.close('job-3', workers);
  expect([...open]).toEqual(IDS.filter((jobId) => jobId !== 'job-3'));
});

test('with a limit, the one unused for longest is closed', async () => {
  const { directory, workers, open } = await start(3);
  for (const jobId of ['job-0', 'job-1', 'job-2', 'job-0', 'job-3']) await directory.open(jobId, workers);
  expect([...open]).toEqual(['job-0', 'job-2', 'job-3']);
});

test('a job that cannot be opened in all threads is left open in none, and can be opened later', async () => {
  const { directory, workers, open } = await start();
  let fails = true;
  const failing: Workers = {
    ...workers,
    open: async (job) => {
      await workers.open(job);
      if (fails) throw new Error('one thread cannot');
    },
  };
  await expect(directory.open('job-0', failing)).rejects.toThrow('one thread cannot');
  expect([...open]).toEqual([]);
  fails = false;
  await directory.open('job-0', failing);
  expect([...open]).toEqual(['job-0']);
});
