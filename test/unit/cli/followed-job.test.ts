import { expect, test, vi } from 'vitest';
import { FollowedJob } from '../../../cli/followed-job.js';

test('who follows a job is told that a checkpoint could not be saved, and passed what there is to know', () => {
  const [onEvent, note] = [vi.fn(), vi.fn()];
  const followed = new FollowedJob('job', { onEvent, note });
  const waiting = { type: 'waiting', iteration: 30, reason: 'CHECKPOINT_WRITE_FAILED' };
  followed.hear({ sequence: 1, at: 1, type: 'waiting', payload: JSON.stringify({ ...waiting, term: 1 }) });
  expect(note.mock.calls).toEqual([
    [expect.stringMatching(/^waiting: the checkpoint of iteration 30 could not be saved/)],
  ]);
  expect(onEvent.mock.calls).toEqual([[waiting]]);
  const full = { ...waiting, reason: 'BROKER_OUT_OF_MEMORY', term: 1 };
  followed.hear({ sequence: 2, at: 2, type: 'waiting', payload: JSON.stringify(full) });
  expect(note).toHaveBeenCalledTimes(1);
});
