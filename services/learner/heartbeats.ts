import { type Clock, type Logger, serializeError } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import { encodeHeartbeat } from '../../src/wire/index.js';

/** How often a learner says that it lives, and how long it is believed. */
const HEARTBEAT_MS = 2000;
const HEARTBEAT_TTL_MS = 7000;

export interface HeartbeatsOptions {
  readonly learnerId: string;
  readonly host: string;
  readonly pid: number;
  readonly slots: number;
  /** Parts of other learners' jobs that it takes at once; absent: none. */
  readonly parts?: number;
}

/** Says that a learner lives, and which jobs it has: before it works on one, and for as long as anything of it may be written. Whoever
 *  deletes a job waits until nobody names it. */
export class Heartbeats {
  private readonly options: HeartbeatsOptions;
  private readonly modules: { readonly broker: Broker; readonly clock: Clock; readonly logger: Logger };
  private readonly since: number;
  private readonly jobIds = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | null = null;
  private next: Promise<void> | null = null;
  private iterations = 0;
  private agentSteps = 0;

  constructor(options: HeartbeatsOptions, modules: Heartbeats['modules']) {
    this.options = options;
    this.modules = modules;
    this.since = modules.clock.now();
  }

  start(): void {
    this.timer = setInterval(() => {
      if (this.beating === null) void this.beat();
    }, HEARTBEAT_MS);
    void this.beat();
  }

  /** Says nothing any more, and that the learner is gone. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.modules.broker.learners.leave(this.options.learnerId).catch(() => {});
  }

  /** Resolves when it was told that the learner has the job. */
  async took(jobId: string): Promise<void> {
    this.jobIds.add(jobId);
    await this.beat();
  }

  /** Nothing of the job is written here any more. */
  letGo(jobId: string): void {
    this.jobIds.delete(jobId);
    void this.beat();
  }

  /** Told of each iteration, with the agent steps that were learned from. */
  learned(agentSteps: number): void {
    this.iterations++;
    this.agentSteps += agentSteps;
  }

  /** Resolves when what is so now was told, or could not be. */
  private beat(): Promise<void> {
    if (this.beating === null) {
      this.beating = this.send().finally(() => {
        this.beating = null;
      });
      return this.beating;
    }
    // What is on its way may not have it.
    this.next ??= this.beating.then(() => {
      this.next = null;
      return this.beat();
    });
    return this.next;
  }

  private async send(): Promise<void> {
    const { learnerId, host, pid, slots, parts = 0 } = this.options;
    const { broker, logger } = this.modules;
    const counts = { tasksDone: this.iterations, agentSteps: this.agentSteps, since: this.since };
    try {
      const jobIds = [...this.jobIds];
      const heartbeat = encodeHeartbeat({ actorId: learnerId, host, pid, slots, ...counts, jobIds, partSlots: parts });
      await broker.learners.beat({ actorId: learnerId, heartbeat }, HEARTBEAT_TTL_MS);
    } catch (error) {
      logger.warn({ error: serializeError(error) }, 'the broker did not take the heartbeat');
    }
  }
}
