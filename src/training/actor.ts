import { serializeError } from '../base/index.js';
import type { Broker, TaskLease } from '../broker/index.js';
import type { BufferPool } from './buffers.js';
import type { CollectResult } from './collector.js';
import type { Workers } from './workers.js';

export interface ActorOptions {
  /** Told of each collected batch's timing. */
  readonly onCollected?: (seconds: CollectResult['seconds']) => void;
  /** Memory to collect into. */
  readonly buffers?: BufferPool;
}

/** Takes rollout tasks one at a time, collects and commits, until the signal aborts. Holds nothing that matters: a task that
 *  was begun and not committed is simply done again, by anyone. */
export async function runActor(
  broker: Broker,
  workers: Workers,
  signal: AbortSignal,
  options: ActorOptions = {},
): Promise<void> {
  while (!signal.aborted) {
    let lease: TaskLease;
    try {
      lease = await broker.tasks.take(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    try {
      await performTask(broker, workers, lease, options);
      await lease.complete();
    } catch (error) {
      if (signal.aborted) return;
      const { code, message, retryable, data } = serializeError(error);
      await lease.fail({ code, message, retryable, data });
    }
  }
}

async function performTask(broker: Broker, workers: Workers, lease: TaskLease, options: ActorOptions): Promise<void> {
  const { task } = lease;
  const { jobId, shard, k, version } = task;
  const cursor = await broker.trajectories.cursor(jobId, shard);
  // Committed before, by a task that ran twice: nothing is left to do.
  if (cursor.k > k) return;
  const weights = await broker.weights.fetch(jobId, version);
  const target = options.buffers?.take();
  const result = await workers.run(jobId, 'collect', {
    shard,
    k,
    version,
    weights,
    state: cursor.state,
    ...(target === undefined ? {} : { target }),
  });
  const outcome = await broker.trajectories.commit(task, { batch: result.batch, state: result.state });
  if (outcome === 'ok') options.onCollected?.(result.seconds);
}
