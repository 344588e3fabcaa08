/** The learner service: takes jobs from the queue, one per slot, and trains each from its newest checkpoint. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type Logger, MarlinError, serializeError } from '../../src/base/index.js';
import type { Broker, JobLease, JobRecord, JobState, StoredJob } from '../../src/broker/index.js';
import { createFileCheckpointStore } from '../../src/checkpoints/index.js';
import { isFinal, type JobSpec } from '../../src/jobs/index.js';
import type { MetricRegistry } from '../../src/metrics/index.js';
import {
  BufferPool,
  createWiredBroker,
  isDispossessed,
  JobDirectory,
  Learner,
  ThreadPool,
  type TrainingEvent,
} from '../../src/training/index.js';
import { encodeHeartbeat } from '../../src/wire/index.js';
import { bothReady, ProgressWatch, type Readiness, Slots, withinGrace } from '../process/index.js';
import { EventLog, withHistory } from './event-log.js';
import { keepRecord } from './kept-jobs.js';
import { RoomWatch } from './room-watch.js';

export { keptJobs } from './kept-jobs.js';

export interface LearnerServiceOptions {
  /** Names this process among the learners. */
  readonly learnerId: string;
  readonly host: string;
  readonly pid: number;
  /** Jobs trained at once. */
  readonly slots: number;
  /** Update threads, shared by the jobs. */
  readonly threads: number;
  /** Folder that all learners share; a job's checkpoints lie in a folder of its id. */
  readonly checkpointFolder: string;
  /** Re-create jobs that the broker has lost from what lies in the checkpoint folder. */
  readonly recover: boolean;
  readonly environmentModules: readonly string[];
}

export interface LearnerServiceModules {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricRegistry;
}

/** How often a learner says that it lives, and how long it is believed. */
const HEARTBEAT_MS = 2000;
const HEARTBEAT_TTL_MS = 7000;
/** Without an iteration for so long, although it holds a job, the learner does not count as ready. */
const STALL_MS = 300_000;
/** How often a job's record is looked at for a wish to stop it. */
const WATCH_MS = 1000;

type BoundCounter = ReturnType<ReturnType<MetricRegistry['counter']>['labels']>;

export class LearnerService {
  private readonly options: LearnerServiceOptions;
  private readonly modules: LearnerServiceModules;
  private readonly workers: ThreadPool;
  private readonly directory: JobDirectory;
  private readonly stopping = new AbortController();
  private readonly slots: Slots;
  private readonly watches = new Set<JobWatch>();
  private watchingForLoss: Promise<void> = Promise.resolve();
  private readonly progress: ProgressWatch;
  private readonly iterations: BoundCounter;
  private readonly agentSteps: BoundCounter;
  private readonly since: number;
  private heartbeat: NodeJS.Timeout | undefined;
  private beating = false;
  private jobsAtWork = 0;
  private iterationsMade = 0;
  private agentStepsLearned = 0;

  constructor(options: LearnerServiceOptions, modules: LearnerServiceModules) {
    this.options = options;
    this.modules = modules;
    this.since = modules.clock.now();
    this.workers = new ThreadPool(options.threads);
    this.slots = new Slots({ what: 'jobs', signal: this.stopping.signal }, modules);
    this.directory = new JobDirectory(modules.broker, options.environmentModules);
    this.progress = new ProgressWatch({ what: 'iteration was made', stallMs: STALL_MS }, modules);
    this.iterations = modules.metrics
      .counter({ name: 'marlin_learner_iterations_total', help: 'Iterations that were made.' })
      .labels({});
    this.agentSteps = modules.metrics
      .counter({ name: 'marlin_learner_agent_steps_total', help: 'Agent steps that were learned from.' })
      .labels({});
  }

  /** Begins to take jobs; returns at once. */
  start(): void {
    mkdirSync(this.options.checkpointFolder, { recursive: true });
    if (this.options.recover) this.watchingForLoss = this.watchForLoss();
    this.slots.start(this.options.slots, (taken) => this.takeJobs(taken));
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    void this.beat();
  }

  /** Rejects when a slot can take no jobs any more, whatever is tried. */
  get ended(): Promise<void> {
    return this.slots.ended;
  }

  /** Whether jobs can be taken, and those that it holds make iterations; without a job it is fine. */
  ready(): Readiness {
    return bothReady(this.slots.readiness(), this.progress.readiness());
  }

  /** Takes no more jobs; those at work end their iteration, save a checkpoint, and go back to the queue. */
  async stop(graceMs: number): Promise<void> {
    clearInterval(this.heartbeat);
    this.stopping.abort();
    for (const watch of this.watches) watch.letGo();
    const stopped = Promise.all([this.slots.settled(), this.watchingForLoss]);
    await withinGrace(stopped, graceMs);
    await this.workers.close();
    await this.modules.broker.learners.leave(this.options.learnerId).catch(() => {});
    await this.modules.broker.close();
    await stopped;
  }

  private async beat(): Promise<void> {
    if (this.beating) return;
    this.beating = true;
    const { learnerId, host, pid, slots } = this.options;
    const { broker, logger } = this.modules;
    const counts = { tasksDone: this.iterationsMade, agentSteps: this.agentStepsLearned, since: this.since };
    const heartbeat = encodeHeartbeat({ actorId: learnerId, host, pid, slots, ...counts });
    try {
      await broker.learners.beat({ actorId: learnerId, heartbeat }, HEARTBEAT_TTL_MS);
    } catch (error) {
      logger.warn({ error: serializeError(error) }, 'the broker did not take the heartbeat');
    } finally {
      this.beating = false;
    }
  }

  private async takeJobs(taken: () => void): Promise<void> {
    const { broker, logger } = this.modules;
    const { signal } = this.stopping;
    // One for all jobs of the slot: the engine does not see shared memory, and would collect that of each job much later.
    const buffers = new BufferPool(0);
    while (!signal.aborted) {
      let lease: JobLease;
      try {
        lease = await broker.jobs.take(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      taken();
      try {
        const ended = await this.trainJob(lease.jobId, buffers);
        if (ended) await this.forgetData(lease.jobId);
        await (ended ? lease.complete() : lease.release());
      } catch (error) {
        logger.error({ error: serializeError(error), jobId: lease.jobId }, 'the job goes back to the queue');
        await lease.release().catch(() => {});
      }
    }
  }

  /** Trains a job until it ends or this learner has to let go of it; tells whether it needs no learner any more. */
  private async trainJob(jobId: string, buffers: BufferPool): Promise<boolean> {
    const { broker, logger } = this.modules;
    const stored = await this.setState(jobId, 'running');
    if (stored === null || stored.record.state !== 'running') return true;
    this.keepRecord(stored.record);
    const watch = new JobWatch(broker, stored.record);
    this.watches.add(watch);
    if (this.stopping.signal.aborted) watch.letGo();
    const log = new EventLog(broker, jobId, stored.revision, logger);
    this.jobsAtWork++;
    this.progress.pending();
    try {
      const result = await this.learn(jobId, watch, log, buffers);
      await log.flush();
      if (result.state === 'cancelled') {
        // Stopped by its owner's wish, which the record tells already, or by this process's end.
        return watch.wish !== null;
      }
      this.keepRecord((await this.setState(jobId, 'succeeded'))?.record ?? null);
      return true;
    } catch (error) {
      await log.flush();
      return await this.handleFailure(jobId, error, log);
    } finally {
      watch.close();
      this.watches.delete(watch);
      if (--this.jobsAtWork === 0) this.progress.idle();
      await this.directory.close(jobId, this.workers).catch(() => {});
    }
  }

  /** Of a job that needs no learner, the broker keeps the record and the history; the rest is in its checkpoints. */
  private async forgetData(jobId: string): Promise<void> {
    const { trajectories, weights } = this.modules.broker;
    await trajectories.close(jobId);
    await weights.prune(jobId, Number.MAX_SAFE_INTEGER);
  }

  private async learn(jobId: string, watch: JobWatch, log: EventLog, buffers: BufferPool) {
    const { options, modules, workers, directory } = this;
    const plan = await directory.planOf(jobId);
    await directory.open(jobId, workers);
    buffers.prepare(plan.spec.rollout.shards * (plan.spec.schedule.lag + 1), plan.layout.denseBytes);
    const actors = await modules.broker.actors.list();
    const room = new RoomWatch(jobId, modules, (event) => log.append(event));
    const learner = new Learner(
      plan,
      {
        broker: createWiredBroker(modules.broker, { layoutOf: (id) => directory.layoutOf(id), buffers }),
        workers,
        checkpoints: withHistory(createFileCheckpointStore(join(options.checkpointFolder, jobId)), log),
        clock: modules.clock,
        logger: modules.logger,
      },
      {
        resume: 'ifAny',
        signal: watch.signal,
        onEvent: (event: TrainingEvent) => {
          // A job that another learner goes on with has not finished.
          if (event.type === 'finished' && event.state === 'cancelled' && watch.wish === null) return;
          log.append(event);
          room.made(event.iteration);
          if (event.type !== 'iteration') return;
          this.progress.progressed();
          this.iterations.increment();
          this.agentSteps.increment(plan.agentStepsPerIteration);
          this.iterationsMade++;
          this.agentStepsLearned += plan.agentStepsPerIteration;
        },
        actors: actors.length,
        engine: plan.spec.engine === 'plain' ? 'plain' : 'wasm',
        takeCollectSeconds: null,
        buffers,
      },
    );
    try {
      return await learner.run();
    } finally {
      room.close();
    }
  }

  private async handleFailure(jobId: string, error: unknown, log: EventLog): Promise<boolean> {
    const { logger } = this.modules;
    const failure = serializeError(error);
    if (isDispossessed(error)) {
      logger.warn({ jobId, code: failure.code }, 'this learner no longer holds the job');
      // Given back, not ended: whose lease is lost gives nothing back, and if it is not lost after all, someone must go on.
      return false;
    }
    if (failure.retryable || this.stopping.signal.aborted) throw error;
    logger.error({ jobId, error: failure }, 'the job failed');
    const { stack: _, ...told } = failure;
    log.append({ type: 'failed', ...told });
    await log.flush();
    this.keepRecord((await this.setState(jobId, 'failed', JSON.stringify(told)))?.record ?? null);
    return true;
  }

  /** Moves a job to a state unless it is in a final one, or paused; returns it as it then is. */
  private async setState(jobId: string, state: JobState, failure?: string): Promise<StoredJob | null> {
    const { broker, clock } = this.modules;
    for (;;) {
      const stored = await broker.jobs.get(jobId);
      if (stored === null || isFinal(stored.record.state) || stored.record.state === 'paused') return stored;
      const record: JobRecord = {
        ...stored.record,
        state,
        updatedAt: clock.now(),
        ...(failure === undefined ? {} : { failure }),
      };
      const written = await broker.jobs.compareAndSet(stored.revision, record);
      if (written !== null) return written;
    }
  }

  private keepRecord(record: JobRecord | null): void {
    if (record !== null) keepRecord(this.options.checkpointFolder, record);
  }

  /** Submits again, now and then, what lies unfinished in the checkpoint folder and is unknown to the broker. */
  private async watchForLoss(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.recoverJobs();
      } catch (error) {
        this.modules.logger.warn({ error: serializeError(error) }, 'looking for lost jobs failed; trying again');
      }
      await sleep(WATCH_MS, signal);
    }
  }

  private async recoverJobs(): Promise<void> {
    const { broker, clock, logger } = this.modules;
    for (const jobId of readdirSync(this.options.checkpointFolder)) {
      const record = readRecord(join(this.options.checkpointFolder, jobId, 'job.json'));
      if (record === null || isFinal(record.state) || (await broker.jobs.get(jobId)) !== null) continue;
      try {
        const state = record.state === 'paused' ? 'paused' : 'queued';
        await broker.jobs.submit({ ...record, state, updatedAt: clock.now() });
        logger.warn({ jobId }, 'the broker had lost this job; it goes on from its newest checkpoint');
      } catch (error) {
        // Another learner was faster.
        if (!(error instanceof MarlinError) || error.code !== 'BROKER_JOB_EXISTS') throw error;
      }
    }
  }
}

/** Watches a job's record for its owner's wish to end or pause it, or to have it end at another time: it is let go of then, and taken
 *  again with what its spec says now. */
class JobWatch {
  /** The state that the owner asked for. */
  wish: JobState | null = null;
  private readonly stop = new AbortController();
  /** Aborts when the job is to stop here, for whatever reason. */
  readonly signal: AbortSignal = this.stop.signal;
  private readonly timer: NodeJS.Timeout;

  constructor(broker: Broker, record: JobRecord) {
    const { jobId } = record;
    const end = endOf(record);
    this.timer = setInterval(() => {
      broker.jobs.get(jobId).then(
        (stored) => {
          if (stored !== null && stored.record.state === 'running' && endOf(stored.record) !== end) this.stop.abort();
          // Queued: lost by the broker and submitted again, which the next call to the broker tells in its own way.
          if (stored === null || stored.record.state === 'running' || stored.record.state === 'queued') return;
          this.wish = stored.record.state;
          this.stop.abort();
        },
        () => {},
      );
    }, WATCH_MS);
  }

  /** Called when this process ends. Its signal is not tied to that of the job: `AbortSignal.any` would keep something of every job. */
  letGo(): void {
    this.stop.abort();
  }

  close(): void {
    clearInterval(this.timer);
  }
}

/** When a job is to end, as text. */
const endOf = ({ spec }: JobRecord): string => JSON.stringify((JSON.parse(spec) as JobSpec).stop);

function readRecord(path: string): JobRecord | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JobRecord;
  } catch {
    return null;
  }
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
