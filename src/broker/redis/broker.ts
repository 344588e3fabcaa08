import type { Clock, Logger } from '../../base/index.js';
import type { Broker } from '../port.js';
import { Waiting } from '../waiting.js';
import { Access } from './access.js';
import { RedisActors } from './actors.js';
import { Connections } from './connections.js';
import { RedisCredentials } from './credentials.js';
import { RedisEvents } from './events.js';
import { RedisJobChanges } from './job-changes.js';
import { JobQueue } from './job-queue.js';
import { RedisJobs } from './jobs.js';
import { Keys } from './keys.js';
import { Leases } from './leases.js';
import { type RedisBrokerOptions, resolveOptions } from './options.js';
import { RedisParts } from './parts.js';
import { Queues } from './queues.js';
import { fromRedisError } from './redis-errors.js';
import { hasRoom } from './room.js';
import { RedisServedPolicies } from './served-policies.js';
import { assertSuitable } from './suitability.js';
import { TASKS, TaskQueues } from './task-queues.js';
import { TaskTaking } from './task-taking.js';
import { RedisTasks } from './tasks.js';
import { RedisTrajectories } from './trajectories.js';
import { Waking } from './waking.js';
import { RedisWeights } from './weights.js';

export interface RedisBrokerModules {
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The broker of a fleet: all processes with the same URL and prefix share their jobs, tasks and data.
 *  It owns its connections and timers: a process that has closed it can end. `close` gives back what this process holds, so that
 *  others go on at once; a process that is killed instead is replaced after `leaseMs` and `checkMs`.
 *  Rejects with BROKER_ARGUMENT_INVALID, BROKER_UNAVAILABLE (Redis cannot be reached) and BROKER_REDIS_UNSUITABLE (eviction policy
 *  other than noeviction, version before 6.2, access refused). */
export async function createRedisBroker(options: RedisBrokerOptions, modules: RedisBrokerModules): Promise<Broker> {
  const settings = resolveOptions(options);
  const { logger, clock } = modules;
  const connections = new Connections(settings, logger);
  await connections.open();
  const { requests: redis, transfers } = connections;
  const queues = new Queues(redis, settings, logger);
  try {
    await assertSuitable(redis, logger);
    await queues.ready();
  } catch (error) {
    connections.disconnect();
    throw fromRedisError(error);
  }

  const waiting = new Waiting();
  const waking = new Waking(connections.subscriber, waiting, settings.checkMs);
  const keys = new Keys(settings.prefix);
  const access = new Access({ redis, transfers, keys, settings, clock, logger, waiting, waking });
  const leases = new Leases(access, queues);
  const taskQueues = new TaskQueues(access, queues);
  const taking = new TaskTaking(access, connections.blocking, taskQueues, leases);
  const tasks = new RedisTasks(access, taskQueues, leases, taking);
  const trajectories = new RedisTrajectories(access);
  const forget = async (jobId: string): Promise<void> => {
    await trajectories.close(jobId);
    await taskQueues.remove(jobId);
    await redis.del(...(['weights', 'parts', 'events', 'failures'] as const).map((part) => keys.of(jobId, part)));
  };
  const jobQueue = new JobQueue(access, queues, leases);
  const jobs = new RedisJobs(access, jobQueue, new RedisJobChanges(access), forget);

  const close = async (): Promise<void> => {
    waiting.close();
    waking.close();
    tasks.close();
    connections.blocking.disconnect();
    await taking.close();
    const returned = (await leases.close()).filter(({ queue }) => queue.name === TASKS);
    await taskQueues.giveTurns(returned.map(({ queue }) => TaskQueues.jobIdOf(queue))).catch(() => {});
    await connections.close();
  };
  let closing: Promise<void> | undefined;
  return {
    tasks,
    trajectories,
    weights: new RedisWeights(access),
    parts: new RedisParts(access),
    jobs,
    events: new RedisEvents(access),
    actors: new RedisActors(access, 'actors'),
    learners: new RedisActors(access, 'learners'),
    credentials: new RedisCredentials(access),
    servedPolicies: new RedisServedPolicies(access),
    hasRoom: () => hasRoom(access),
    close: () => (closing ??= close()),
  };
}
