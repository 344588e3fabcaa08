import { serializeError } from '../base/index.js';
import type { Broker, RolloutTask, TaskLease } from '../broker/index.js';
import type { BufferPool } from './buffers.js';
import type { CollectResult } from './collector.js';
import { trainingError } from './errors.js';
import type { Workers } from './workers.js';

export interface ActorOptions {
  /** Told of each collected batch's timing. */
  readonly onCollected?: (seconds: CollectResult['seconds'], task: RolloutTask) => void;
  /** Called with a task's job before it is collected, to open the job in the threads. */
  readonly prepare?: (jobId: string) => Promise<void>;
  /** Told of each task that was done, by whomever. */
  readonly onDone?: (task: RolloutTask) => void;
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
      options.onDone?.(lease.task);
    } catch (error) {
      // Threads and broker may have been closed under the task: someone else does it.
      if (signal.aborted) return await lease.release().catch(() => {});
      const { code, message, retryable, data } = serializeError(error);
      await lease.fail({ code, message, retryable, data });
    }
  }
}

async function performTask(broker: Broker, workers: Workers, lease: TaskLease, options: ActorOptions): Promise<void> {
  const { task } = lease;
  const { jobId, shard, k, version } = task;
  await options.prepare?.(jobId);
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
  if (outcome === 'ok') options.onCollected?.(result.seconds, task);
  // The learner waits for this batch: a task that called itself done now would never be issued again.
  if (outcome === 'full' || outcome === 'gap') {
    throw trainingError(
      'TRAINING_COMMIT_REFUSED',
      `shard ${shard}, batch ${k}: the broker refused the commit (${outcome}); the shard stands at batch ${cursor.k}`,
      { data: { shard, k, outcome, cursor: cursor.k } },
    );
  }
}
