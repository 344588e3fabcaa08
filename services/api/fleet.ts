import type { Broker, LiveActor } from '../../src/broker/index.js';
import { JOB_STATES } from '../../src/broker/index.js';
import { type ActorHeartbeat, decodeHeartbeat } from '../../src/wire/heartbeat.js';
import type { JobEntry } from './jobs/summary.js';
import { timeText } from './jobs/view.js';

/** A heartbeat, and for how long it has been the last; null where that is not known. */
export interface LiveHeartbeat extends ActorHeartbeat {
  readonly ageMs: number | null;
}

/** Heartbeats as they are shown. One that cannot be read, as of a newer version, is left out. */
export function readHeartbeats(records: readonly LiveActor[]): LiveHeartbeat[] {
  return records.flatMap(({ heartbeat, ageMs }) => {
    try {
      return [{ ...decodeHeartbeat(heartbeat), ageMs }];
    } catch {
      return [];
    }
  });
}

export const workerView = ({ actorId, host, pid, slots, agentSteps, since, ageMs }: LiveHeartbeat) => ({
  id: actorId,
  host,
  pid,
  slots,
  agentSteps,
  since: timeText(since),
  heartbeatAge: ageMs === null ? null : ageMs / 1000,
});

/** State → jobs in it, every state there is. */
export function countStates(entries: readonly JobEntry[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(JOB_STATES.map((state) => [state, 0]));
  for (const { state } of entries) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** How many actors and learners the jobs could keep busy. A job keeps at most as many tasks at work as it has shards. */
export async function scalingOf(broker: Broker, entries: readonly JobEntry[]) {
  const [actorRecords, learnerRecords, backlog] = await Promise.all([
    broker.actors.list(),
    broker.learners.list(),
    broker.tasks.backlog(),
  ]);
  const actors = readHeartbeats(actorRecords);
  const learners = readHeartbeats(learnerRecords);
  const running = entries.filter(({ state }) => state === 'running');
  const queued = entries.filter(({ state }) => state === 'queued').length;
  const shards = running.reduce((sum, job) => sum + job.shards, 0);
  const slotsOf = (workers: readonly ActorHeartbeat[]): number => workers.reduce((sum, { slots }) => sum + slots, 0);
  // As large as those there are; with none yet, one slot each.
  const each = (workers: readonly ActorHeartbeat[]): number =>
    Math.max(1, slotsOf(workers) / Math.max(1, workers.length));
  return {
    actors: actors.length,
    actorSlots: slotsOf(actors),
    actorsWanted: Math.ceil(shards / each(actors)),
    waitingTasks: sum(backlog.values()),
    learners: learners.length,
    learnerSlots: slotsOf(learners),
    learnersWanted: Math.ceil((running.length + queued) / each(learners)),
    queuedJobs: queued,
    runningJobs: running.length,
  };
}

export function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
