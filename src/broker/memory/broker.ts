import { type Clock, systemClock } from '../../base/index.js';
import type { Broker } from '../port.js';
import { assertInteger } from '../validate.js';
import { Waiting } from '../waiting.js';
import { MemoryActors } from './actors.js';
import { MemoryCredentials } from './credentials.js';
import { MemoryEvents } from './events.js';
import { MemoryJobs } from './jobs.js';
import { MemoryParts } from './parts.js';
import { MemoryServedPolicies } from './served-policies.js';
import { MemoryTasks } from './tasks.js';
import { MemoryTrajectories } from './trajectories.js';
import { MemoryWeights } from './weights.js';

export interface MemoryBrokerOptions {
  /** How often a task is handed out before its failure is reported; default 5, at least 1. */
  readonly maxAttempts?: number;
  /** Events kept of a job; default 10,000, at least 1. */
  readonly eventLimit?: number;
}

export interface MemoryBrokerModules {
  /** Stamps events and ends heartbeats; default the system's. */
  readonly clock?: Clock;
}

/** The broker of a training run in one process. It has no timers, and what it says is ready is handed over at once.
 *  Bytes are kept by reference, not copied: whoever commits or publishes an array must not change it afterwards (it may lie in
 *  a SharedArrayBuffer), and whoever fetches or reads one must only read it.
 *  Throws BROKER_ARGUMENT_INVALID. */
export function createMemoryBroker(options: MemoryBrokerOptions = {}, modules: MemoryBrokerModules = {}): Broker {
  const { maxAttempts = 5, eventLimit = 10_000 } = options;
  assertInteger('maxAttempts', maxAttempts, 1);
  assertInteger('eventLimit', eventLimit, 1);
  const waiting = new Waiting();
  const trajectories = new MemoryTrajectories(waiting);
  const epochOf = (jobId: string): number => trajectories.epochOf(jobId);
  const tasks = new MemoryTasks(maxAttempts, waiting, epochOf);
  const weights = new MemoryWeights(waiting, epochOf);
  const clock = modules.clock ?? systemClock;
  const parts = new MemoryParts(clock, waiting, epochOf);
  trajectories.onEpoch((jobId) => parts.look(jobId));
  const events = new MemoryEvents(eventLimit, clock, waiting);
  const actors = new MemoryActors(clock, waiting);
  const learners = new MemoryActors(clock, waiting);
  const credentials = new MemoryCredentials(waiting);
  const servedPolicies = new MemoryServedPolicies(clock, waiting);
  const jobs = new MemoryJobs(waiting, (jobId) => {
    for (const part of [tasks, trajectories, weights, parts, events]) part.forget(jobId);
  });
  const hasRoom = async (): Promise<boolean> => {
    waiting.assertOpen();
    return true;
  };
  return {
    tasks,
    trajectories,
    weights,
    parts,
    jobs,
    events,
    actors,
    learners,
    credentials,
    servedPolicies,
    hasRoom,
    close: async () => waiting.close(),
  };
}
