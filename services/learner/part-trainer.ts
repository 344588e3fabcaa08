import { setTimeout } from 'node:timers/promises';
import { type Clock, type Logger, serializeError } from '../../src/base/index.js';
import type { Broker, PartClaim } from '../../src/broker/index.js';
import { batchesInFlight } from '../../src/jobs/index.js';
import { BufferPool, isDispossessed, type JobDirectory, type Workers } from '../../src/training/index.js';
import { PartLearner } from '../../src/training/parts/part-learner.js';
import { createWiredBroker } from '../../src/training/wired-broker.js';
import { decodeHeartbeat } from '../../src/wire/index.js';

export interface PartTrainerModules {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Threads of all jobs. */
  readonly workers: Workers;
  readonly directory: JobDirectory;
  /** Default: a timer that the signal ends. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface PartTrainerOptions {
  readonly learnerId: string;
  /** Aborts when the process stops: parts are given back, at once where nothing is computed. */
  readonly signal: AbortSignal;
  /** Told of each iteration, with the agent steps that were learned from. */
  readonly onIteration: (agentSteps: number) => void;
  /** Told when the first part of a job is taken, and when no part of it is held any more. */
  readonly onJob: (jobId: string, held: boolean) => void;
  /** Told how many parts are held. */
  readonly onParts: (parts: number) => void;
  /** Told of each word about a part that nobody hears, because the part was taken from this process. */
  readonly onRefused: () => void;
}

/** A part whose holder is not heard of for so long is taken by another, or goes back. */
const LEASE_MS = 5000;
const RENEW_MS = 1000;
/** After a part that could not be begun, as of a job whose environment this process lacks. */
const FAILED_MS = 30_000;
/** How often it is seen whether the job's learner still lives, and how often in a row it must seem not to. */
const LOOK_MS = 5000;
const LOOKS = 3;

/** Of the time that a process has to stop: an update that takes longer is given up, and its part goes back as it was before. */
const UPDATE_SHARE_OF_GRACE = 0.5;

/** A part that this process has. */
interface Held {
  readonly end: AbortController;
  /** Resolves when nothing of it is left here. */
  readonly over: Promise<boolean>;
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal }).catch(() => {});

/** Updates parts of jobs that other learners have, while this one is free. */
export class PartTrainer {
  private readonly options: PartTrainerOptions;
  private readonly modules: PartTrainerModules;
  /** Jobs that this process has itself. */
  private readonly led = new Set<string>();
  private readonly held = new Map<string, Held[]>();
  private readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  private free = true;
  /** How long an update may still take once the process stops. */
  private patienceMs = 0;
  private parts = 0;
  /** Those that wait until the process is free, and those that wait for a part. */
  private readonly waiting = new Set<() => void>();
  private readonly claiming = new Set<AbortController>();

  constructor(options: PartTrainerOptions, modules: PartTrainerModules) {
    this.options = options;
    this.modules = modules;
    this.pause = modules.pause ?? sleep;
  }

  /** Says whether this process has a slot without a job: only then are parts claimed. Those that it has it keeps. */
  setFree(free: boolean): void {
    this.free = free;
    if (free) for (const go of this.waiting) go();
    else for (const claim of this.claiming) claim.abort();
  }

  /** The process stops, and has `graceMs` for it. Called before its signal aborts. */
  letGo(graceMs: number): void {
    this.patienceMs = UPDATE_SHARE_OF_GRACE * graceMs;
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
      if (!(await this.hold(claim, buffers))) await this.pause(FAILED_MS, signal);
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
  private hold(claim: PartClaim, buffers: BufferPool): Promise<boolean> {
    const { jobId } = claim;
    const end = new AbortController();
    const held = this.held.get(jobId) ?? [];
    this.held.set(jobId, held);
    this.options.onParts(++this.parts);
    if (held.length === 0) this.options.onJob(jobId, true);
    const over = this.tryLearn(claim, buffers, end).finally(async () => {
      this.options.onParts(--this.parts);
      held.splice(held.indexOf(entry), 1);
      // Other parts of the job that are held here need it open.
      if (held.length > 0) return;
      this.held.delete(jobId);
      this.options.onJob(jobId, false);
      const { directory, workers } = this.modules;
      await directory.close(jobId, workers).catch(() => {});
    });
    const entry: Held = { end, over };
    held.push(entry);
    return over;
  }

  private async tryLearn(claim: PartClaim, buffers: BufferPool, end: AbortController): Promise<boolean> {
    const { jobId, part } = claim;
    const { logger } = this.modules;
    logger.info({ jobId, part }, 'a part of a job was taken');
    try {
      await this.learn(claim, buffers, end);
      logger.info({ jobId, part }, 'a part of a job was let go of');
      return true;
    } catch (error) {
      logger.warn({ jobId, part, error: serializeError(error) }, 'a part of a job cannot be updated here');
      return false;
    }
  }

  private async learn(claim: PartClaim, buffers: BufferPool, end: AbortController): Promise<void> {
    const { broker, directory, workers } = this.modules;
    const { jobId } = claim;
    const watching = this.watch(claim, end);
    const renewing = this.renew(claim, end);
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
          leaving: this.options.signal,
          patienceMs: () => this.patienceMs,
          onIteration: this.options.onIteration,
          onRefused: this.options.onRefused,
          buffers,
        },
      );
      await learner.run();
    } finally {
      clearInterval(renewing);
      end.abort();
      await watching;
    }
  }

  private renew(claim: PartClaim, end: AbortController): NodeJS.Timeout {
    let renewing = false;
    return setInterval(async () => {
      // One that the broker cannot take now waits for it: a second would only wait beside it.
      if (renewing) return;
      renewing = true;
      try {
        await this.modules.broker.parts.renew(claim, LEASE_MS);
      } catch (error) {
        if (isDispossessed(error)) end.abort();
      } finally {
        renewing = false;
      }
    }, RENEW_MS);
  }

  /** Ends when the learner that offered the part does not say any more that the job is its own: it has died, and no other may ever
   *  come. Others that say so may only have parts of it, as this one. */
  private async watch({ jobId, offeredBy }: PartClaim, end: AbortController): Promise<void> {
    const { broker } = this.modules;
    let missed = 0;
    while (!end.signal.aborted && missed < LOOKS) {
      await this.pause(LOOK_MS, end.signal);
      if (end.signal.aborted) return;
      const records = await broker.learners.list().catch(() => null);
      if (records === null) continue;
      const leads = records.some(({ actorId, heartbeat }) => actorId === offeredBy && names(heartbeat, jobId));
      missed = leads ? 0 : missed + 1;
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
