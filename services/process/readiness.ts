import type { Clock } from '../../src/base/index.js';

/** Whether a process does its work, and if not, why, in sentences without a full stop. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

export const READY: Readiness = { ready: true, reasons: [] };

/** Ready where both are. */
export const bothReady = (one: Readiness, other: Readiness): Readiness =>
  one.ready && other.ready ? READY : { ready: false, reasons: [...one.reasons, ...other.reasons] };

/** Watches that work which is there also moves. Answering a PING proves little: a process can be connected and take nothing
 *  from a queue that is full. So: from the moment when there is something to do, something has to get done every `stallMs`. */
export class ProgressWatch {
  readonly #what: string;
  readonly #stallMs: number;
  readonly #clock: Clock;
  // Since when there has been work and no progress; undefined while there is nothing to do.
  #waitingSince: number | undefined;

  /** `what` is not getting done when it stalls, as in "no rollout task was finished". */
  constructor(options: { readonly what: string; readonly stallMs: number }, modules: { readonly clock: Clock }) {
    this.#what = options.what;
    this.#stallMs = options.stallMs;
    this.#clock = modules.clock;
  }

  /** There is work. Says nothing new while there has been some already. */
  pending(): void {
    this.#waitingSince ??= this.#clock.monotonic();
  }

  /** Some of it got done. */
  progressed(): void {
    if (this.#waitingSince !== undefined) this.#waitingSince = this.#clock.monotonic();
  }

  /** There is nothing left to do. */
  idle(): void {
    this.#waitingSince = undefined;
  }

  /** For how long there has been work of which nothing got done. */
  get stillMs(): number {
    return this.#waitingSince === undefined ? 0 : this.#clock.monotonic() - this.#waitingSince;
  }

  readiness(): Readiness {
    const waitedMs = this.stillMs;
    if (waitedMs <= this.#stallMs) return READY;
    return {
      ready: false,
      reasons: [`no ${this.#what} for ${Math.floor(waitedMs / 1000)} s although there is work`],
    };
  }
}
