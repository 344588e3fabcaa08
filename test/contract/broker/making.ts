import assert from 'node:assert/strict';
import type { Broker, JobRecord, RolloutTask, TaskFailure, TrajectoryEntry } from '../../../src/broker/index.js';

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

export const task = (part: Partial<RolloutTask> = {}): RolloutTask => ({
  jobId: 'job',
  shard: 0,
  k: 0,
  version: 0,
  epoch: 1,
  ...part,
});

export const entry = (shard: number, k: number): TrajectoryEntry => ({
  batch: bytes(1, shard, k),
  state: bytes(2, shard, k),
});

export const failure = (part: Partial<TaskFailure> = {}): TaskFailure => ({
  code: 'ENV_STEP_FAILED',
  message: 'The environment threw.',
  retryable: true,
  data: { agent: 'agent-0' },
  ...part,
});

export const record = (jobId: string, part: Partial<JobRecord> = {}): JobRecord => ({
  jobId,
  state: 'queued',
  spec: '{}',
  createdAt: 1,
  updatedAt: 1,
  ...part,
});

/** Opens a job with fresh shards and returns the epoch. */
export const openJob = (broker: Broker, shards = 1, capacity = 8, jobId = 'job'): Promise<number> =>
  broker.trajectories.open(
    jobId,
    Array.from({ length: shards }, () => ({ k: 0, state: null })),
    capacity,
  );

export function assertBytes(actual: Uint8Array | null, expected: Uint8Array): void {
  assert.deepEqual(actual === null ? null : [...actual], [...expected]);
}

/** A call that must reject with a code. */
export function assertCode(call: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(call, (error: unknown) => {
    assert.equal((error as { code?: unknown }).code, code);
    return true;
  });
}
