import { expect, it } from 'vitest';
import { makeReport } from '../../../../services/api/report.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';
import { resolve, smallJob } from '../../../helpers/training.js';

const job = { job: 'job', marlin: '1.0.0', createdAt: '2026-01-01T00:00:00.000Z', spec: resolve(smallJob) };

it('is not made for a client that is gone before its turn', async () => {
  const { events } = createMemoryBroker();
  const read = () => Promise.reject(new Error('it was begun'));
  await expect(makeReport({ ...events, read }, job, AbortSignal.abort('gone'))).rejects.toBe('gone');
});

it('is given up for a client that goes meanwhile', async () => {
  const leaving = new AbortController();
  const read = async () => {
    leaving.abort('gone');
    return [];
  };
  await expect(makeReport({ read }, job, leaving.signal)).rejects.toBe('gone');
});

it('fails as the broker does', async () => {
  const read = () => Promise.reject(new Error('away'));
  await expect(makeReport({ read }, job, new AbortController().signal)).rejects.toThrow('away');
});
