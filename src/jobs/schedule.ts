import type { JobSpec } from './spec.js';

/** Batches of one shard that may be there unconsumed in the asynchronous schedule: one that waits, and one that is being collected. */
const ASYNC_BATCHES_PER_SHARD = 2;
/** Where an asynchronous job sets no bound. */
export const DEFAULT_MAX_POLICY_LAG = 8;

/** What the schedule of a job comes to, its defaults filled in. */
export interface JobSchedule {
  readonly kind: JobSpec['schedule']['kind'];
  /** Trajectory batches that an iteration consumes. */
  readonly batchesPerIteration: number;
  /** Batches of one shard that are collected and not consumed, at most. */
  readonly batchesPerShard: number;
  /** Iterations by which acting trails learning, at most. */
  readonly maxPolicyLag: number;
}

export function scheduleOf({ schedule, rollout }: Pick<JobSpec, 'schedule' | 'rollout'>): JobSchedule {
  const { kind, lag } = schedule;
  if (kind === 'lockstep') {
    return { kind, batchesPerIteration: rollout.shards, batchesPerShard: lag + 1, maxPolicyLag: lag };
  }
  return {
    kind,
    batchesPerIteration: schedule.batches ?? Math.ceil(rollout.shards / 2),
    batchesPerShard: ASYNC_BATCHES_PER_SHARD,
    maxPolicyLag: schedule.maxPolicyLag ?? DEFAULT_MAX_POLICY_LAG,
  };
}

/** Batches of a job that are there at once, at most. */
export function batchesInFlight(spec: Pick<JobSpec, 'schedule' | 'rollout'>): number {
  return spec.rollout.shards * scheduleOf(spec).batchesPerShard;
}
