import { expect, it } from 'vitest';
import { LockstepSchedule } from '../../../src/training/lockstep.js';

const job = { jobId: 'job', epoch: 1, shards: 2, lag: 1, start: 0, end: 1 };
const entry = { batch: new Uint8Array(0), state: new Uint8Array(0) };

it('looks for batches while their tasks are on their way', async () => {
  let arrive: () => void = () => {};
  const issued = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const read: number[] = [];
  const schedule = new LockstepSchedule(
    {
      tasks: { issue: () => issued },
      trajectories: {
        read: async (_jobId, shard) => {
          read.push(shard);
          return entry;
        },
      },
    },
    job,
    0,
  );
  schedule.run(new AbortController().signal);
  const taken = schedule.take(0);
  await expect.poll(() => read).toEqual([0, 1]);
  expect(schedule.arrivedFor(0)).toBeNull();
  arrive();
  expect((await taken).batches.map(({ shard }) => shard)).toEqual([0, 1]);
});

it('ends with what kept a task from being issued, not with what became of its batch', async () => {
  const schedule = new LockstepSchedule(
    {
      tasks: { issue: () => Promise.reject(new Error('away')) },
      trajectories: { read: () => Promise.reject(new Error('nobody asks')) },
    },
    job,
    0,
  );
  schedule.run(new AbortController().signal);
  await expect(schedule.take(0)).rejects.toThrow('away');
});
