/** The actor service: takes rollout tasks of any job, collects them in threads, commits. Stateless: whatever it is doing when it
 *  is killed, another actor does again. */
import type { Clock, Logger } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import { DEFAULT_SECONDS_BUCKETS, type MetricRegistry } from '../../src/metrics/index.js';
import { BufferPool, JobDirectory, KnownStates, runActor, ThreadPool } from '../../src/training/index.js';
import { createWiredBroker } from '../../src/training/wired-broker.js';
import { encodeHeartbeat } from '../../src/wire/index.js';
import { bothReady, ProgressWatch, type Readiness, Slots, withinGrace } from '../process/index.js';

export interface ActorServiceOptions {
  /** Names this process among the actors. */
  readonly actorId: string;
  readonly host: string;
  readonly pid: number;
  /** Tasks worked on at once, a thread each. */
  readonly slots: number;
  readonly environmentModules: readonly string[];
}

export interface ActorServiceModules {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricRegistry;
}

/** How often an actor says that it lives, and how long it is believed. */
const HEARTBEAT_MS = 2000;
const HEARTBEAT_TTL_MS = 7000;
/** Jobs that stay open in the threads beside those that tasks are at work on. */
const IDLE_JOBS = 8;
/** Without a task done for so long, although threads are at work, the actor does not count as ready. */
const STALL_MS = 120_000;

export class ActorService {
  private readonly options: ActorServiceOptions;
  private readonly modules: ActorServiceModules;
  private readonly workers: ThreadPool;
  private readonly stopping = new AbortController();
  private readonly slots: Slots;
  private readonly since: number;
  private heartbeat: NodeJS.Timeout | undefined;
  private beating = false;
  private tasksDone = 0;
  private agentSteps = 0;
  private readonly progress: ProgressWatch;
  private readonly still: { set(value: number): void };

  constructor(options: ActorServiceOptions, modules: ActorServiceModules) {
    this.options = options;
    this.modules = modules;
    this.workers = new ThreadPool(options.slots);
    this.slots = new Slots({ what: 'rollout tasks', signal: this.stopping.signal }, modules);
    this.since = modules.clock.now();
    this.progress = new ProgressWatch({ what: 'rollout task was done', stallMs: STALL_MS }, modules);
    this.still = modules.metrics
      .gauge({ name: 'marlin_actor_still_seconds', help: 'For how long it has had tasks and has done none.' })
      .labels({});
  }

  /** Begins to take tasks; returns at once. */
  start(): void {
    const { options, modules, workers } = this;
    const { broker, metrics } = modules;
    const directory = new JobDirectory(broker, options.environmentModules, IDLE_JOBS + options.slots);
    const wired = createWiredBroker(broker, { layoutOf: (jobId) => directory.layoutOf(jobId) });
    const tasks = metrics
      .counter({ name: 'marlin_actor_tasks_total', help: 'Rollout tasks that were done.' })
      .labels({});
    const steps = metrics
      .counter({ name: 'marlin_actor_agent_steps_total', help: 'Agent steps that were collected and committed.' })
      .labels({});
    const seconds = metrics.histogram({
      name: 'marlin_actor_collect_seconds',
      help: 'Seconds of a thread per collected batch.',
      buckets: DEFAULT_SECONDS_BUCKETS,
    });
    const collectSeconds = seconds.labels({});
    const buffers = new BufferPool(2 * options.slots);
    const states = new KnownStates();
    this.slots.start(options.slots, (taken) =>
      runActor(wired, workers, this.stopping.signal, {
        buffers,
        states,
        prepare: (jobId) => {
          taken();
          this.progress.pending();
          return directory.open(jobId, workers);
        },
        onCollected: ({ environment, policy, transfer }, task) => {
          collectSeconds.observe(environment + policy + transfer);
          void directory.planOf(task.jobId).then(
            (plan) => {
              const collected = plan.agentStepsPerIteration / plan.spec.rollout.shards;
              this.agentSteps += collected;
              steps.increment(collected);
            },
            () => {},
          );
        },
        onDone: () => {
          this.tasksDone++;
          tasks.increment();
          this.progress.progressed();
          if (workers.busy === 0) this.progress.idle();
        },
      }),
    );
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    void this.beat();
  }

  /** Rejects when a slot can take no tasks any more, whatever is tried. */
  get ended(): Promise<void> {
    return this.slots.ended;
  }

  /** Whether tasks can be taken, and those that were taken get done; idle is fine. */
  ready(): Readiness {
    return bothReady(this.slots.readiness(), this.progress.readiness());
  }

  observe(): void {
    this.still.set(this.progress.stillMs / 1000);
  }

  /** Takes no more tasks, gives those at work `graceMs` to end, and leaves the rest to others. */
  async stop(graceMs: number): Promise<void> {
    clearInterval(this.heartbeat);
    this.stopping.abort();
    const drained = this.slots.settled();
    await withinGrace(drained, graceMs);
    await this.workers.close();
    // Closing the threads ends what was still at work; its leases go back before the broker is left.
    await drained;
    await this.modules.broker.actors.leave(this.options.actorId).catch(() => {});
    await this.modules.broker.close();
  }

  private async beat(): Promise<void> {
    // One that the broker cannot take now waits for it; a second would only wait behind it, with older news than a third.
    if (this.beating) return;
    this.beating = true;
    const { actorId, host, pid, slots } = this.options;
    const { tasksDone, agentSteps, since } = this;
    const heartbeat = encodeHeartbeat({ actorId, host, pid, slots, tasksDone, agentSteps, since });
    try {
      await this.modules.broker.actors.beat({ actorId, heartbeat }, HEARTBEAT_TTL_MS);
    } catch (error) {
      this.modules.logger.warn({ error }, 'the broker did not take the heartbeat');
    } finally {
      this.beating = false;
    }
  }
}
