import { setTimeout } from 'node:timers/promises';
import { type Clock, type Logger, MarlinError } from '../../src/base/index.js';
import { READY, type Readiness } from './readiness.js';

/** Takes work and does it, again and again, until the process stops. Calls `taken` when it got some. */
export type SlotLoop = (taken: () => void) => Promise<void>;

export interface SlotsOptions {
  /** What a slot takes, as in "rollout tasks". */
  readonly what: string;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

export interface SlotsModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: a timer that the signal ends. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Failing {
  readonly error: unknown;
  /** How long the loop had lasted when it failed. */
  readonly lastedMs: number;
  /** When it was begun again; undefined before. */
  againAt?: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Failures in a row that trying again cannot mend, after which it is not tried any more: some 15 seconds. */
const ATTEMPTS = 5;
/** A loop that lasts so much longer than the one that failed is not failing in the same way. */
const SETTLED_MS = 5000;

/** The slots of a process, each a loop that takes work. One that fails begins again after a pause, because what keeps it from
 *  taking work may be mended from outside; meanwhile the process is not ready. One that keeps failing for a reason that trying
 *  again cannot mend ends the process, which whoever runs it notices: a process that only looks alive helps nobody. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #modules: SlotsModules;
  readonly #loops: Promise<void>[] = [];
  readonly #failing = new Map<number, Failing>();

  constructor(options: SlotsOptions, modules: SlotsModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Begins `count` loops; returns at once. */
  start(count: number, loop: SlotLoop): void {
    for (let slot = 0; slot < count; slot++) this.#loops.push(this.#run(slot, loop));
    // Rejections are for whoever looks at `ended`.
    for (const running of this.#loops) running.catch(() => {});
  }

  /** Resolves when all loops have ended in good order; rejects with the error of the first that was given up. */
  get ended(): Promise<void> {
    return Promise.all(this.#loops).then(() => {});
  }

  /** Resolves when all loops have ended, however they did. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#loops);
  }

  readiness(): Readiness {
    const now = this.#modules.clock.monotonic();
    const reasons = [...this.#failing.values()]
      .filter(({ againAt, lastedMs }) => againAt === undefined || now - againAt <= lastedMs + SETTLED_MS)
      .map(({ error }) => `no ${this.#options.what} can be taken: ${messageOf(error)}`);
    return reasons.length === 0 ? READY : { ready: false, reasons: [...new Set(reasons)] };
  }

  async #run(slot: number, loop: SlotLoop): Promise<void> {
    const { what, signal } = this.#options;
    const { clock, logger, pause = sleep } = this.#modules;
    let failures = 0;
    const taken = (): void => {
      failures = 0;
      this.#failing.delete(slot);
    };
    while (!signal.aborted) {
      const begunAt = clock.monotonic();
      try {
        return await loop(taken);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        this.#failing.set(slot, { error, lastedMs: clock.monotonic() - begunAt });
        const passes = error instanceof MarlinError && error.retryable;
        if (!passes && failures >= ATTEMPTS) {
          logger.error({ error, slot, failures }, `a slot cannot take ${what}; giving up`);
          throw error;
        }
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
        logger.error({ error, slot, failures, pauseMs }, `a slot cannot take ${what}; trying again`);
        await pause(pauseMs, signal);
        const failing = this.#failing.get(slot);
        if (failing !== undefined) failing.againAt = clock.monotonic();
      }
    }
  }
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal }).catch(() => {});

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
