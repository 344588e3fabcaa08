import { setTimeout } from 'node:timers/promises';
import { type Clock, type Logger, serializeError } from '../../src/base/index.js';
import type { Broker, PartClaim } from '../../src/broker/index.js';
import { batchesInFlight } from '../../src/jobs/index.js';
import { BufferPool, isDispossessed, type JobDirectory, type ThreadPool } from '../../src/training/index.js';
import { PartLearner } from '../../src/training/parts/part-learner.js';
import { createWiredBroker } from '../../src/training/wired-broker.js';
import { decodeHeartbeat } from '../../src/wire/index.js';

export interface PartTrainerModules {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Threads of all jobs. */
  readonly workers: ThreadPool;
  readonly directory: JobDirectory;
}

export interface PartTrainerOptions {
  readonly learnerId: string;
  /** Aborts when the process stops: parts are given back after their iteration. */
  readonly signal: AbortSignal;
  /** Told of each iteration, with the agent steps that were learned from. */
  readonly onIteration: (agentSteps: number) => void;
  /** Told when the first part of a job is taken, and when no part of it is held any more. */
  readonly onJob: (jobId: string, held: boolean) => void;
  /** Told how many parts are held. */
  readonly onParts: (parts: number) => void;
}

/** A part whose holder is not heard of for so long is taken by another, or goes back. */
const LEASE_MS = 5000;
const RENEW_MS = 1000;
/** After a part that could not be begun, as of a job whose environment this process lacks. */
const FAILED_MS = 30_000;
/** How often it is seen whether the job still has a learner, and how often it must seem to have none. */
const LOOK_MS = 5000;
const LOOKS = 3;

/** Updates parts of jobs that other learners have, while this one is free. */
export class PartTrainer {
  private readonly options: PartTrainerOptions;
  private readonly modules: PartTrainerModules;
  /** Jobs that this process has itself. */
  private readonly led = new Set<string>();
  private readonly held = new Map<string, { readonly end: AbortController; readonly over: Promise<void> }[]>();
  private free = true;
  private parts = 0;
  /** Those that wait until the process is free, and those that wait for a part. */
  private readonly waiting = new Set<() => void>();
  private readonly claiming = new Set<AbortController>();

  constructor(options: PartTrainerOptions, modules: PartTrainerModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Says whether this process has a slot without a job: only then are parts claimed. Those that it has it keeps. */
  setFree(free: boolean): void {
    this.free = free;
    if (free) for (const go of this.waiting) go();
    else for (const claim of this.claiming) claim.abort();
  }

  /** This process takes a job itself: it lets go of all parts of it, which are of a learner that has lost it. */
  async lead(jobId: string): Promise<void> {
    this.led.add(jobId);
    const held = this.held.get(jobId) ?? [];
    for (const { end } of held) end.abort();
    await Promise.all(held.map(({ over }) => over));
  }

  unlead(jobId: string): void {
    this.led.delete(jobId);
  }

  /** Takes parts, one at a time, until the process stops. */
  async takeParts(taken: () => void): Promise<void> {
    const { signal } = this.options;
    const buffers = new BufferPool(0);
    while (!signal.aborted) {
      const claim = await this.claim();
      if (claim === null) continue;
      taken();
      // One that its job's former learner offered.
      if (this.led.has(claim.jobId)) continue;
      if (!(await this.hold(claim, buffers))) await setTimeout(FAILED_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** null where it was interrupted. */
  private async claim(): Promise<PartClaim | null> {
    const { signal, learnerId } = this.options;
    const claiming = new AbortController();
    const stop = (): void => claiming.abort();
    signal.addEventListener('abort', stop);
    this.claiming.add(claiming);
    try {
      if (!this.free) return await this.untilFree(signal);
      return await this.modules.broker.parts.claim(learnerId, LEASE_MS, claiming.signal);
    } catch (error) {
      if (claiming.signal.aborted) return null;
      throw error;
    } finally {
      this.claiming.delete(claiming);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Resolves when the process is free, or stops. */
  private async untilFree(signal: AbortSignal): Promise<null> {
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.waiting.add(go);
      signal.addEventListener('abort', go);
    });
    return null;
  }

  /** Tells whether the part could be updated, for as long as it was wanted. */
  private async hold(claim: PartClaim, buffers: BufferPool): Promise<boolean> {
    const { jobId, part } = claim;
    const { logger } = this.modules;
    const end = new AbortController();
    const learning = this.learn(claim, buffers, end);
    const over = learning.catch(() => {});
    const entry = { end, over };
    this.held.set(jobId, [...(this.held.get(jobId) ?? []), entry]);
    this.options.onParts(++this.parts);
    this.options.onJob(jobId, true);
    logger.info({ jobId, part }, 'a part of a job was taken');
    try {
      await learning;
      logger.info({ jobId, part }, 'a part of a job was let go of');
      return true;
    } catch (error) {
      logger.warn({ jobId, part, error: serializeError(error) }, 'a part of a job cannot be updated here');
      return false;
    } finally {
      const others = (this.held.get(jobId) ?? []).filter((each) => each !== entry);
      this.options.onParts(--this.parts);
      if (others.length > 0) this.held.set(jobId, others);
      else {
        this.held.delete(jobId);
        this.options.onJob(jobId, false);
      }
    }
  }

  private async learn(claim: PartClaim, buffers: BufferPool, end: AbortController): Promise<void> {
    const { broker, directory, workers } = this.modules;
    const { jobId } = claim;
    const watching = this.watch(jobId, end);
    const renewing = setInterval(() => this.renew(claim, end), RENEW_MS);
    try {
      const plan = await directory.planOf(jobId);
      await directory.open(jobId, workers);
      buffers.prepare(batchesInFlight(plan.spec), plan.layout.denseBytes);
      const wired = createWiredBroker(broker, { layoutOf: (id) => directory.layoutOf(id), buffers });
      const learner = new PartLearner(
        plan,
        { broker: wired, workers },
        {
          claim,
          signal: end.signal,
          leaving: () => this.options.signal.aborted,
          onIteration: this.options.onIteration,
          buffers,
        },
      );
      await learner.run();
    } finally {
      clearInterval(renewing);
      end.abort();
      await watching;
      // Other parts of the job that are held here need it open.
      if ((this.held.get(jobId) ?? []).length <= 1) await directory.close(jobId, workers).catch(() => {});
    }
  }

  private renew(claim: PartClaim, end: AbortController): void {
    this.modules.broker.parts.renew(claim, LEASE_MS).catch((error: unknown) => {
      if (isDispossessed(error)) end.abort();
    });
  }

  /** Ends when nobody says any more that the job is theirs: its learner has died, and no other may ever come. */
  private async watch(jobId: string, end: AbortController): Promise<void> {
    const { broker } = this.modules;
    let missed = 0;
    while (!end.signal.aborted && missed < LOOKS) {
      await setTimeout(LOOK_MS, undefined, { signal: end.signal }).catch(() => {});
      if (end.signal.aborted) return;
      const records = await broker.learners.list().catch(() => null);
      if (records === null) continue;
      const others = records.filter(({ actorId }) => actorId !== this.options.learnerId);
      missed = others.some(({ heartbeat }) => names(heartbeat, jobId)) ? 0 : missed + 1;
    }
    end.abort();
  }
}

function names(heartbeat: Uint8Array, jobId: string): boolean {
  try {
    return decodeHeartbeat(heartbeat).jobIds?.includes(jobId) ?? false;
  } catch {
    // Of a newer version, which may.
    return true;
  }
}
