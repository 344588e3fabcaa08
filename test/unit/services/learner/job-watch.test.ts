import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JobWatch } from '../../../../services/learner/job-watch.js';
import { createMemoryBroker, type JobRecord } from '../../../../src/broker/index.js';
import { resolve, smallJob } from '../../../helpers/training.js';

const record = (state: JobRecord['state'] = 'running', iterations = 4): JobRecord => ({
  jobId: 'job',
  state,
  spec: JSON.stringify({ ...resolve(smallJob), stop: { iterations } }),
  createdAt: 1,
  updatedAt: 1,
});

let watch: JobWatch;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

async function watched() {
  const { jobs, ...others } = createMemoryBroker();
  const { revision } = await jobs.submit(record());
  const get = vi.spyOn(jobs, 'get');
  watch = new JobWatch({ jobs, ...others }, record());
  return { get, write: (written: JobRecord) => jobs.compareAndSet(revision, written) };
}

test.each([
  ['running as before', record(), false],
  ['paused', record('paused'), true],
  ['cancelled', record('cancelled'), true],
  ['queued again', record('queued'), true],
  ['to end at another time', record('running', 5), true],
])('a learner looks whether its job is %s', async (_, written, stops) => {
  const { write } = await watched();
  await vi.advanceTimersByTimeAsync(5000);
  expect(watch.signal.aborted).toBe(false);
  await write(written);
  await vi.advanceTimersByTimeAsync(1000);
  expect(watch.signal.aborted).toBe(stops);
});

test('one look waits for a broker that is away, and the next comes after it, whether or not that was answered', async () => {
  const { get, write } = await watched();
  let fail: (error: Error) => void = () => {};
  get.mockImplementationOnce(
    () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(get).toHaveBeenCalledTimes(1);
  await write(record('paused'));
  fail(new Error('away for too long'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(get).toHaveBeenCalledTimes(2);
  expect(watch.signal.aborted).toBe(true);
});
