import { MarlinError, serializeError } from '../base/index.js';
import type { Broker, RolloutTask, TaskLease } from '../broker/index.js';
import type { BufferPool } from './buffers.js';
import type { CollectResult } from './collector.js';
import { trainingError } from './errors.js';
import type { KnownStates } from './known-states.js';
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
  /** States that need not be fetched, of all who take tasks in this process; absent: all are. */
  readonly states?: KnownStates;
}

/** How often the newest weights are asked for, while new ones come faster than they are fetched. */
const FETCH_ATTEMPTS = 10;

/** A batch that takes longer leaves the next task to others until it is there: so long may a task wait for an actor that is at work
 *  although another one is free. */
const AHEAD_SECONDS = 0.01;

/** What a task has produced, and where its shard stood; null where the batch had been committed before. */
type Collected = { readonly result: CollectResult; readonly cursor: number } | null;

/** Where the shard of a task stands. */
type Cursor = Awaited<ReturnType<Broker['trajectories']['cursor']>>;

/** A task that was taken, and the cursor of its shard where it was asked for at once. */
interface Taken {
  readonly lease: TaskLease;
  readonly cursor?: Promise<Cursor>;
}

/** Takes rollout tasks, collects and commits, until the signal aborts. Collects one at a time: the next task is taken when the
 *  last one's batch is on its way, not before, for another actor may be free; unless batches take so little time that taking
 *  counts. Holds nothing that matters: a task that was begun and not committed is simply done again, by anyone. */
export async function runActor(
  broker: Broker,
  workers: Workers,
  signal: AbortSignal,
  options: ActorOptions = {},
): Promise<void> {
  let settling: Promise<unknown> = Promise.resolve();
  let ahead: Promise<Taken> | null = null;
  let quick = false;
  try {
    while (!signal.aborted) {
      let taken: Taken;
      try {
        taken = await (ahead ?? broker.tasks.take(signal).then((lease) => ({ lease })));
      } catch (error) {
        ahead = null;
        if (signal.aborted) break;
        throw error;
      }
      const { lease } = taken;
      const collecting = orGiveUp(lease, signal, () => collect(broker, workers, taken, options));
      ahead = quick ? takeAhead(broker, signal, options.states) : null;
      const collected = await collecting;
      await settling;
      if (collected === undefined) continue;
      quick = collected !== null && secondsOf(collected.result) < AHEAD_SECONDS;
      settling = orGiveUp(lease, signal, async () => {
        if (collected !== null) await commit(broker, lease.task, collected, options);
        await lease.complete();
        options.onDone?.(lease.task);
      });
      // Reported by whoever waits for it, above and below.
      settling.catch(() => {});
    }
    await settling;
  } finally {
    // Nobody begins it any more.
    const left = ahead?.then(({ lease }) => lease.release()).catch(() => {});
    // Otherwise it may wait for long.
    if (signal.aborted) await left;
  }
}

/** The next task, and where its shard stands: what that says of the task's batch stays true until it is committed. */
function takeAhead(broker: Broker, signal: AbortSignal, states: KnownStates | undefined): Promise<Taken> {
  const taken = broker.tasks.take(signal).then((lease) => {
    const { jobId, version, newest } = lease.task;
    const cursor = cursorOf(broker, lease.task, states);
    // Reported by whoever waits for it.
    cursor.catch(() => {});
    // Whoever asks for them again finds them here, or what is wrong with them.
    if (newest !== true) broker.weights.fetch(jobId, version).catch(() => {});
    return { lease, cursor };
  });
  taken.catch(() => {});
  return taken;
}

/** Where the shard of a task stands; where the state before its batch is known here, there, and nobody is asked. If it stands further
 *  by now, because the task is done a second time, its batch is a duplicate when it is committed. */
async function cursorOf(broker: Broker, task: RolloutTask, states: KnownStates | undefined): Promise<Cursor> {
  const state = states?.before(task);
  return state === undefined ? await broker.trajectories.cursor(task.jobId, task.shard) : { k: task.k, state };
}

const secondsOf = ({ seconds: { environment, policy, transfer } }: CollectResult): number =>
  environment + policy + transfer;

/** What `work` gives; undefined where it fails, and the task is someone else's. */
async function orGiveUp<T>(lease: TaskLease, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // Threads and broker may have been closed under the task: someone else does it.
    if (signal.aborted) {
      await lease.release().catch(() => {});
      return undefined;
    }
    const { code, message, retryable, data } = serializeError(error);
    await lease.fail({ code, message, retryable, data });
    return undefined;
  }
}

async function collect(broker: Broker, workers: Workers, taken: Taken, options: ActorOptions): Promise<Collected> {
  const { task } = taken.lease;
  const { jobId, shard, k } = task;
  await options.prepare?.(jobId);
  // Asked for together: one answer wakes this process up, not two.
  const fetching = fetchWeights(broker, task);
  fetching.catch(() => {});
  const cursor = await (taken.cursor ?? cursorOf(broker, task, options.states));
  // Committed before, by a task that ran twice: nothing is left to do, and its weights may be gone.
  if (cursor.k > k) return null;
  let used: Awaited<typeof fetching>;
  try {
    used = await fetching;
  } catch (error) {
    // The cursor may be one that nobody was asked for.
    if (isUnknownWeights(error) && (await broker.trajectories.cursor(jobId, shard)).k > k) return null;
    throw error;
  }
  const { version, weights } = used;
  const target = options.buffers?.take();
  const result = await workers.run(jobId, 'collect', {
    shard,
    k,
    version,
    weights,
    state: cursor.state,
    ...(target === undefined ? {} : { target }),
  });
  return { result, cursor: cursor.k };
}

/** The weights that a task is to be done with. The newest may be gone by the time that they are asked for: then there are newer ones. */
async function fetchWeights(
  broker: Broker,
  { jobId, version, epoch, newest }: RolloutTask,
): Promise<{ readonly version: number; readonly weights: Uint8Array }> {
  if (newest !== true) return { version, weights: await broker.weights.fetch(jobId, version) };
  for (let attempt = 1; ; attempt++) {
    const found = await broker.weights.newest(jobId, epoch);
    try {
      return { version: found, weights: await broker.weights.fetch(jobId, found) };
    } catch (error) {
      if (!isUnknownWeights(error) || attempt === FETCH_ATTEMPTS) throw error;
    }
  }
}

const isUnknownWeights = (error: unknown): boolean =>
  error instanceof MarlinError && error.code === 'BROKER_WEIGHTS_UNKNOWN';

async function commit(
  broker: Broker,
  task: RolloutTask,
  { result, cursor }: NonNullable<Collected>,
  options: ActorOptions,
): Promise<void> {
  const { shard, k } = task;
  const outcome = await broker.trajectories.commit(task, { batch: result.batch, state: result.state });
  options.states?.committed(task, result.state, outcome);
  if (broker.trajectories.copiesCommitted) options.buffers?.give(result.batch.buffer);
  if (outcome === 'ok') options.onCollected?.(result.seconds, task);
  // The learner waits for this batch: a task that called itself done now would never be issued again.
  if (outcome === 'full' || outcome === 'gap') {
    throw trainingError(
      'TRAINING_COMMIT_REFUSED',
      `shard ${shard}, batch ${k}: the broker refused the commit (${outcome}); the shard stood at batch ${cursor}`,
      { data: { shard, k, outcome, cursor } },
    );
  }
}
