import type { JobEvent } from '../../../src/broker/index.js';
import { readTold, TermFilter, type Told } from '../series/told.js';
import { ToldChanges } from '../series/told-changes.js';

/** How far a job is, as its history tells. */
export interface Progress {
  readonly iteration: number;
  readonly envSteps: number;
  readonly agentSteps: number;
  readonly learnerSteps: number;
  readonly wallSeconds: number;
  readonly policyLag: number | null;
  readonly agentStepsPerSecond: number | null;
  /** agent id → of the newest iteration in which an episode of it ended. */
  readonly returns: Readonly<Record<string, number>>;
  readonly rewardsPerStep: Readonly<Record<string, number>>;
  readonly evaluation: { readonly iteration: number; readonly returns: Readonly<Record<string, number>> } | null;
  readonly checkpoint: { readonly iteration: number; readonly bytes: number } | null;
  /** Why it stands still, as an error code. */
  readonly waiting: string | null;
  /** SHA-256 of the final weights. */
  readonly digest: string | null;
  readonly stopReason: string | null;
}

export const NO_PROGRESS: Progress = {
  iteration: 0,
  envSteps: 0,
  agentSteps: 0,
  learnerSteps: 0,
  wallSeconds: 0,
  policyLag: null,
  agentStepsPerSecond: null,
  returns: {},
  rewardsPerStep: {},
  evaluation: null,
  checkpoint: null,
  waiting: null,
  digest: null,
  stopReason: null,
};

/** Folds a job's events, in order, into how far it is. A learner that was thought dead may tell something after another has begun;
 *  its lower term gives it away, and it is not listened to. */
export class ProgressFold {
  readonly changes = new ToldChanges();
  #progress = NO_PROGRESS;
  readonly #filter = new TermFilter();

  get progress(): Progress {
    return this.#progress;
  }

  add(event: JobEvent): void {
    const told = readTold(event);
    if (told === null || !this.#filter.counts(told)) return;
    this.changes.add(event, told);
    this.#progress = after(this.#progress, told);
  }
}

function after(progress: Progress, event: Told): Progress {
  switch (event.type) {
    case 'started':
      // Begun again from a checkpoint: what was told beyond it is made anew, and an end that was told was none.
      return { ...progress, iteration: event.iteration, waiting: null, digest: null, stopReason: null };
    case 'iteration': {
      const { iteration, envSteps, agentSteps, learnerSteps, wallSeconds, policyLag, agents } = event;
      const returns = { ...progress.returns };
      for (const [agent, metrics] of Object.entries(agents))
        if (metrics.return !== null) returns[agent] = metrics.return;
      return {
        ...progress,
        iteration,
        envSteps,
        agentSteps,
        learnerSteps,
        wallSeconds,
        policyLag,
        agentStepsPerSecond: event.throughput.agentStepsPerSecond,
        returns,
        rewardsPerStep: Object.fromEntries(Object.entries(agents).map(([agent, own]) => [agent, own.rewardPerStep])),
        waiting: null,
      };
    }
    case 'evaluation': {
      const returns = Object.fromEntries(Object.entries(event.agents).map(([agent, own]) => [agent, own.return]));
      return { ...progress, evaluation: { iteration: event.iteration, returns } };
    }
    case 'checkpoint':
      return { ...progress, checkpoint: { iteration: event.iteration, bytes: event.bytes } };
    case 'waiting':
      return { ...progress, waiting: event.reason };
    case 'paused': {
      const { iteration, envSteps, agentSteps, wallSeconds } = event;
      return { ...progress, iteration, envSteps, agentSteps, wallSeconds, waiting: null };
    }
    case 'finished': {
      const { iteration, envSteps, agentSteps, wallSeconds, digest, reason } = event;
      return { ...progress, iteration, envSteps, agentSteps, wallSeconds, digest, stopReason: reason, waiting: null };
    }
    default:
      return progress;
  }
}
