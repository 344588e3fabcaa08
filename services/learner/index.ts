/** The learner service: takes jobs from the queue, one per slot, and trains each from its newest checkpoint. */
import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Clock, type Logger, serializeError } from '../../src/base/index.js';
import type { Broker, JobLease } from '../../src/broker/index.js';
import type { MetricRegistry } from '../../src/metrics/index.js';
import { BufferPool, JobDirectory, ThreadPool } from '../../src/training/index.js';
import { bothReady, ProgressWatch, type Readiness, Slots, withinGrace } from '../process/index.js';
import { Caretaker } from './caretaker.js';
import { Heartbeats } from './heartbeats.js';
import { JobTrainer } from './job-trainer.js';
import { PartTrainer } from './part-trainer.js';

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
  /** Parts of other learners' jobs that are updated at once while a slot is free; absent: none. */
  readonly parts?: number;
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

/** Without an iteration for so long, although it holds a job, the learner does not count as ready. */
const STALL_MS = 300_000;
/** After a job that could not be gone on with, before the next is taken. */
const AGAIN_MS = 1000;

export class LearnerService {
  private readonly options: LearnerServiceOptions;
  private readonly modules: LearnerServiceModules;
  private readonly workers: ThreadPool;
  private readonly stopping = new AbortController();
  private readonly slots: Slots;
  private readonly partSlots: Slots;
  private readonly partTrainer: PartTrainer;
  private readonly trainer: JobTrainer;
  private readonly caretaker: Caretaker;
  private readonly heartbeats: Heartbeats;
  private readonly progress: ProgressWatch;
  /** Jobs that it has. */
  private held = 0;
  /** Slots that have one, or are just taking it. */
  private taken = 0;
  private readonly heldJobs: { set(value: number): void };
  private readonly still: { set(value: number): void };

  constructor(options: LearnerServiceOptions, modules: LearnerServiceModules) {
    this.options = options;
    this.modules = modules;
    const { signal } = this.stopping;
    const { checkpointFolder, recover } = options;
    this.workers = new ThreadPool(options.threads);
    this.slots = new Slots({ what: 'jobs', signal }, modules);
    this.partSlots = new Slots({ what: 'parts of jobs', signal }, modules);
    this.progress = new ProgressWatch({ what: 'iteration was made', stallMs: STALL_MS }, modules);
    this.heartbeats = new Heartbeats(options, modules);
    this.caretaker = new Caretaker({ checkpointFolder, recover, signal }, modules);
    const iterations = modules.metrics
      .counter({ name: 'marlin_learner_iterations_total', help: 'Iterations that were made.' })
      .labels({});
    const learned = modules.metrics
      .counter({ name: 'marlin_learner_agent_steps_total', help: 'Agent steps that were learned from.' })
      .labels({});
    const failures = modules.metrics
      .counter({ name: 'marlin_learner_failed_jobs_total', help: 'Jobs that failed.' })
      .labels({});
    this.heldJobs = modules.metrics
      .gauge({ name: 'marlin_learner_jobs', help: 'Jobs that are being trained.' })
      .labels({});
    this.still = modules.metrics
      .gauge({ name: 'marlin_learner_still_seconds', help: 'For how long it has had jobs and made no iteration.' })
      .labels({});
    const alive = modules.metrics
      .gauge({
        name: 'marlin_learner_tensors',
        help: 'Tensors of TensorFlow.js that are alive where policies are updated; of jobs that need it, the last that made an iteration.',
      })
      .labels({});
    const onIteration = (agentSteps: number, tensors?: number): void => {
      if (tensors !== undefined) alive.set(tensors);
      this.progress.progressed();
      iterations.increment();
      learned.increment(agentSteps);
      this.heartbeats.learned(agentSteps);
    };
    const directory = new JobDirectory(modules.broker, options.environmentModules);
    const { broker, clock, logger } = modules;
    const { learnerId } = options;
    const heldParts = modules.metrics
      .gauge({ name: 'marlin_learner_parts', help: 'Parts of other learners’ jobs that are being updated.' })
      .labels({});
    const refused = modules.metrics
      .counter({
        name: 'marlin_learner_refused_words_total',
        help: 'What it said about parts of jobs that were no longer its own, and was not heard.',
      })
      .labels({});
    this.partTrainer = new PartTrainer(
      {
        learnerId,
        signal,
        onIteration: (agentSteps) => {
          learned.increment(agentSteps);
          this.heartbeats.learned(agentSteps);
        },
        onParts: (parts) => heldParts.set(parts),
        onRefused: () => refused.increment(),
        onJob: (jobId, held) => {
          if (held) void this.heartbeats.took(jobId);
          else this.heartbeats.letGo(jobId);
        },
      },
      { broker, clock, logger, workers: this.workers, directory },
    );
    this.trainer = new JobTrainer(
      { learnerId, checkpointFolder, signal, onIteration, onFailure: () => failures.increment() },
      { broker, clock, logger, workers: this.workers, directory },
    );
  }

  /** Begins to take jobs; returns at once. */
  start(): void {
    mkdirSync(this.options.checkpointFolder, { recursive: true });
    this.caretaker.start();
    this.slots.start(this.options.slots, (taken) => this.takeJobs(taken));
    this.partSlots.start(this.options.parts ?? 0, (taken) => this.partTrainer.takeParts(taken));
    this.heartbeats.start();
  }

  /** Rejects when a slot can take no jobs any more, whatever is tried. */
  get ended(): Promise<void> {
    return Promise.race([this.slots.ended, this.partSlots.ended.then(() => this.slots.ended)]);
  }

  /** Whether jobs can be taken, and those that it holds make iterations; without a job it is fine. */
  ready(): Readiness {
    return bothReady(this.slots.readiness(), this.progress.readiness());
  }

  observe(): void {
    this.still.set(this.progress.stillMs / 1000);
  }

  /** Takes no more jobs; those at work end their iteration, save a checkpoint, and go back to the queue. */
  async stop(graceMs: number): Promise<void> {
    this.partTrainer.letGo(graceMs);
    this.stopping.abort();
    this.trainer.letGo();
    const stopped = Promise.all([this.slots.settled(), this.partSlots.settled(), this.caretaker.settled()]);
    await withinGrace(stopped, graceMs);
    await this.workers.close();
    // Until here it may still write something of its jobs.
    await this.heartbeats.stop();
    await this.modules.broker.close();
    await stopped;
  }

  private async takeJobs(taken: () => void): Promise<void> {
    const { broker } = this.modules;
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
      this.partTrainer.setFree(++this.taken < this.options.slots);
      await this.partTrainer.lead(lease.jobId);
      await this.heartbeats.took(lease.jobId);
      try {
        await this.hold(lease, buffers);
      } finally {
        this.heartbeats.letGo(lease.jobId);
        this.partTrainer.unlead(lease.jobId);
        this.partTrainer.setFree(--this.taken < this.options.slots);
      }
    }
  }

  private async hold(lease: JobLease, buffers: BufferPool): Promise<void> {
    const { logger } = this.modules;
    const { jobId } = lease;
    this.heldJobs.set(++this.held);
    this.progress.pending();
    try {
      const ended = await this.trainer.train(jobId, buffers);
      if (ended) await this.forgetData(jobId);
      await (ended ? lease.complete() : lease.release());
    } catch (error) {
      logger.error({ error: serializeError(error), jobId }, 'the job goes back to the queue');
      await lease.release().catch(() => {});
      // Others may have it at once. What failed here may fail again, and would again and again.
      await setTimeout(AGAIN_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
    } finally {
      if (--this.held === 0) this.progress.idle();
      this.heldJobs.set(this.held);
    }
  }

  /** Of a job that needs no learner, the broker keeps the record and the history; the rest is in its checkpoints. */
  private async forgetData(jobId: string): Promise<void> {
    const { trajectories, weights } = this.modules.broker;
    await trajectories.close(jobId);
    await weights.prune(jobId, Number.MAX_SAFE_INTEGER);
  }
}
