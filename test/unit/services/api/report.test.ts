import { expect, it, vi } from 'vitest';
import { makeReport } from '../../../../services/api/report.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';
import { resolve, smallJob } from '../../../helpers/training.js';

const job = { job: 'job', marlin: '1.0.0', createdAt: '2026-01-01T00:00:00.000Z', spec: resolve(smallJob) };

it('is not made for a client that is gone before its turn', async () => {
  const { events } = createMemoryBroker();
  const read = vi.fn(events.read);
  await expect(makeReport({ read }, job, AbortSignal.abort('gone'))).rejects.toBe('gone');
  expect(read).not.toHaveBeenCalled();
});

it('is given up for a client that goes meanwhile', async () => {
  const leaving = new AbortController();
  const page = Array.from({ length: 50 }, (_, i) => ({ sequence: i + 1, at: 0, type: 'iteration', payload: '{}' }));
  const read = vi.fn(async (_: string, sequence: number) => {
    leaving.abort('gone');
    return sequence === 0 ? page : [];
  });
  await expect(makeReport({ read }, job, leaving.signal)).rejects.toBe('gone');
  expect(read).toHaveBeenCalledTimes(1);
});

it('fails as the broker does', async () => {
  const read = () => Promise.reject(new Error('away'));
  await expect(makeReport({ read }, job, new AbortController().signal)).rejects.toThrow('away');
});
