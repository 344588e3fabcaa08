import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Clock, type Logger, MarlinError, serializeError } from '../../src/base/index.js';
import type { Broker, JobRecord } from '../../src/broker/index.js';
import {
  type CheckpointStore,
  createFileCheckpointStore,
  isLeftover,
  removeJobFolder,
  unmarkPrepared,
} from '../../src/checkpoints/index.js';
import { batchesInFlight, metadataOf } from '../../src/jobs/index.js';
import {
  type BufferPool,
  isDispossessed,
  type JobDirectory,
  kernelsInUse,
  Learner,
  PartsHere,
  type ThreadPool,
  type TrainingEvent,
} from '../../src/training/index.js';
import { createWiredBroker } from '../../src/training/wired-broker.js';
import { EventLog, withHistory } from './event-log.js';
import { moveJob } from './job-states.js';
import { JobWatch } from './job-watch.js';
import { keepRecord } from './kept-jobs.js';
import { RoomWatch } from './room-watch.js';

export interface JobTrainerModules {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Threads of all jobs. */
  readonly workers: ThreadPool;
  readonly directory: JobDirectory;
}

export interface JobTrainerOptions {
  /** Names this process among the learners. */
  readonly learnerId: string;
  /** Folder that all learners share; a job's checkpoints lie in a folder of its id. */
  readonly checkpointFolder: string;
  /** Aborts when the process stops: jobs end their iteration and save a checkpoint. */
  readonly signal: AbortSignal;
  /** Told of each iteration, with the agent steps that were learned from; `tensors`: those of TensorFlow.js that are
   *  alive where policies are updated, for jobs that need it. */
  readonly onIteration: (agentSteps: number, tensors?: number) => void;
  /** Told of each job that failed. */
  readonly onFailure: () => void;
}

type FinishedEvent = Extract<TrainingEvent, { type: 'finished' }>;

/** A job that was forked finds its checkpoint at once; one that lies on a shared disk, or is just being put back, a little later. */
const FORK_LOOKS = 5;
const FORK_LOOK_MS = 1000;

/** Trains jobs, each until it ends or this learner has to let go of it. What becomes of a job is what its record says; the history
 *  tells it, and says `finished` at the end only: of a job that is paused it says that it is. */
export class JobTrainer {
  private readonly options: JobTrainerOptions;
  private readonly modules: JobTrainerModules;
  private readonly watches = new Set<JobWatch>();

  constructor(options: JobTrainerOptions, modules: JobTrainerModules) {
    this.options = options;
    this.modules = modules;
  }

  /** The process stops. */
  letGo(): void {
    for (const watch of this.watches) watch.letGo();
  }

  /** Tells whether the job needs no learner any more. */
  async train(jobId: string, buffers: BufferPool): Promise<boolean> {
    const { broker, logger, directory, workers } = this.modules;
    const stored = await moveJob(this.modules, jobId, 'running');
    if (stored === null || stored.record.state !== 'running') return true;
    const watch = new JobWatch(broker, stored.record);
    this.watches.add(watch);
    if (this.options.signal.aborted) watch.letGo();
    const log = new EventLog(broker, jobId, stored.revision, logger);
    try {
      this.keep(stored.record);
      const finished = await this.learn(stored.record, watch, log, buffers);
      await log.flush();
      return finished.state === 'succeeded'
        ? await this.succeed(jobId, finished, log)
        : await this.stopAt(jobId, finished, log);
    } catch (error) {
      await log.flush();
      return await this.fail(jobId, error, log);
    } finally {
      watch.close();
      this.watches.delete(watch);
      await directory.close(jobId, workers).catch(() => {});
      await this.removeLeftover(jobId).catch((error: unknown) => {
        logger.warn({ jobId, error: serializeError(error) }, 'what is left of a deleted job cannot be removed');
      });
    }
  }

  /** Gives the last event, which is not in the history yet: what it is to say follows from the record. */
  private async learn(record: JobRecord, watch: JobWatch, log: EventLog, buffers: BufferPool): Promise<FinishedEvent> {
    const { options, modules } = this;
    const { broker, directory, workers } = modules;
    const { jobId } = record;
    const folder = join(options.checkpointFolder, jobId);
    const checkpoints = createFileCheckpointStore(folder);
    if (metadataOf(record).forkedFrom !== undefined) await assertForked(jobId, checkpoints);
    await unmarkPrepared(folder);
    const plan = await directory.planOf(jobId);
    await directory.open(jobId, workers);
    buffers.prepare(batchesInFlight(plan.spec), plan.layout.denseBytes);
    const actors = await broker.actors.list();
    const room = new RoomWatch(jobId, modules, (event) => log.append(event));
    let finished: FinishedEvent | undefined;
    const here = new PartsHere(plan.parts.length);
    const wired = createWiredBroker(broker, {
      layoutOf: (id) => directory.layoutOf(id),
      buffers,
      piecesHere: () => [...here.parts],
    });
    const { parts } = broker;
    const { learnerId } = options;
    const { logger } = modules;
    const spread = { parts, pieces: wired.pieces, learnerId, here, hasRoom: () => broker.hasRoom(), logger };
    const learner = new Learner(
      plan,
      {
        broker: wired,
        ...(plan.parts.length > 1 ? { spread } : {}),
        workers,
        checkpoints: withHistory(checkpoints, log),
        checkpointsOf: (id) => createFileCheckpointStore(join(options.checkpointFolder, id)),
        clock: modules.clock,
        logger,
      },
      {
        resume: 'ifAny',
        signal: watch.signal,
        onEvent: (event: TrainingEvent) => {
          room.made(event.iteration);
          if (event.type === 'finished') {
            finished = event;
            return;
          }
          log.append(event);
          if (event.type === 'iteration') options.onIteration(plan.agentStepsPerIteration, tensorsOf(event));
        },
        actors: actors.length,
        engine: kernelsInUse(plan.spec),
        takeCollectSeconds: null,
        buffers,
      },
    );
    try {
      await learner.run();
    } finally {
      room.close();
    }
    if (finished === undefined) throw new Error('training ended without a last event');
    return finished;
  }

  /** The history first: who goes by the record finds it whole, and the digest of the weights in it. */
  private async succeed(jobId: string, finished: FinishedEvent, log: EventLog): Promise<boolean> {
    const now = await this.modules.broker.jobs.get(jobId);
    // Cancelled before it was told that there is nothing to cancel any more.
    if (now?.record.state === 'cancelled') return await this.stopAt(jobId, finished, log);
    log.append(finished);
    await log.flush();
    this.keep((await moveJob(this.modules, jobId, 'succeeded'))?.record ?? null);
    return true;
  }

  /** Training has stopped before the job's end: by its owner's wish, because its end was changed, or because this process stops. */
  private async stopAt(jobId: string, finished: FinishedEvent, log: EventLog): Promise<boolean> {
    const stored = await this.modules.broker.jobs.get(jobId);
    if (stored === null) return true;
    const { state } = stored.record;
    // A job that another learner goes on with has neither finished nor paused.
    if (state === 'queued' || state === 'running') return false;
    this.keep(stored.record);
    if (state === 'cancelled') log.append({ ...finished, state: 'cancelled', reason: 'interrupted' });
    if (state === 'paused') {
      const { iteration, envSteps, agentSteps, wallSeconds } = finished;
      log.append({ type: 'paused', iteration, envSteps, agentSteps, wallSeconds });
    }
    await log.flush();
    return true;
  }

  private async fail(jobId: string, error: unknown, log: EventLog): Promise<boolean> {
    const { logger } = this.modules;
    const failure = serializeError(error);
    if (isDispossessed(error)) {
      const { code, message: reason } = failure;
      logger.warn({ jobId, code, reason }, 'this learner no longer holds the job');
      // Given back, not ended: whose lease is lost gives nothing back, and if it is not lost after all, someone must go on.
      return false;
    }
    if (failure.code === 'CHECKPOINT_WRITE_FAILED') {
      const iteration = Number(failure.data?.iteration ?? 0);
      log.append({ type: 'waiting', iteration, reason: failure.code });
      await log.flush();
    }
    if (failure.retryable || this.options.signal.aborted) throw error;
    logger.error({ jobId, error: failure }, 'the job failed');
    this.options.onFailure();
    const { stack: _, ...told } = failure;
    log.append({ type: 'failed', ...told });
    await log.flush();
    this.keep((await moveJob(this.modules, jobId, 'failed', JSON.stringify(told)))?.record ?? null);
    return true;
  }

  /** Where it cannot be written, training goes on all the same: the broker has the record. */
  private keep(record: JobRecord | null): void {
    if (record === null) return;
    try {
      keepRecord(this.options.checkpointFolder, record);
    } catch (error) {
      const { jobId } = record;
      this.modules.logger.warn({ jobId, error: serializeError(error) }, 'the record of the job could not be kept');
    }
  }

  /** A learner that was thought dead may save something of a job that was deleted meanwhile. One that the broker has lost still has
   *  the record in its folder, and is left alone. */
  private async removeLeftover(jobId: string): Promise<void> {
    const folder = join(this.options.checkpointFolder, jobId);
    if (!(await isLeftover(folder)) || (await this.modules.broker.jobs.get(jobId)) !== null) return;
    await removeJobFolder(folder);
    this.modules.logger.info({ jobId }, 'what was left of a deleted job was removed');
  }
}

/** A job that begins with a checkpoint of another must not begin without. */
async function assertForked(jobId: string, checkpoints: CheckpointStore): Promise<void> {
  for (let looks = 1; (await checkpoints.list()).length === 0; looks++) {
    if (looks >= FORK_LOOKS) {
      throw new MarlinError(
        'CHECKPOINT_UNKNOWN',
        'the checkpoint that this job was to begin with is not in its folder; fork the other job again',
        false,
        { data: { jobId } },
      );
    }
    await setTimeout(FORK_LOOK_MS);
  }
}

/** What policies tell of the same thread is the same; of several, the most counts. */
function tensorsOf({ policies }: Extract<TrainingEvent, { type: 'iteration' }>): number | undefined {
  const counts = Object.values(policies).flatMap(({ tensors }) => tensors ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts);
}
