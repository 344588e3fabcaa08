import { type Broker, JOB_STATES } from '../../src/broker/index.js';
import type { ActorHeartbeat } from '../../src/wire/heartbeat.js';
import { type LiveHeartbeat, readHeartbeats } from './heartbeats.js';
import type { JobLearners, SharedPart } from './jobs/learners.js';
import type { JobEntry } from './jobs/summary.js';
import { timeText } from './jobs/view.js';
import { learnersWanted } from './learners-wanted.js';

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

/** Whether a part has nobody of its own who updates it: the learner that has the job does. */
export const isWaiting = ({ state }: SharedPart): boolean => state === 'waiting' || state === 'lost';

/** How many actors and learners the jobs could keep busy. A job keeps at most as many tasks at work as it has shards, and as many
 *  learners as it has parts: the first is somebody's slot, and each other a place among the parts that a learner with a free slot
 *  takes. */
export async function scalingOf(
  { broker, jobLearners }: { readonly broker: Broker; readonly jobLearners: JobLearners },
  entries: readonly JobEntry[],
) {
  const [actorRecords, learnerRecords, backlog, further, parts] = await Promise.all([
    broker.actors.list(),
    broker.learners.list(),
    broker.tasks.backlog(),
    jobLearners.furtherOf(entries),
    jobLearners.partsOf(entries),
  ]);
  const actors = readHeartbeats(actorRecords);
  const learners = readHeartbeats(learnerRecords);
  const running = entries.filter(({ state }) => state === 'running');
  const queued = entries.filter(({ state }) => state === 'queued').length;
  const shards = running.reduce((sum, job) => sum + job.shards, 0);
  const slotsOf = (workers: readonly ActorHeartbeat[]): number => sum(workers.map(({ slots }) => slots));
  const partSlots = sum(learners.map(({ partSlots = 0 }) => partSlots));
  // As large as those there are; with none yet, one slot each.
  const each = (slots: number, { length }: readonly ActorHeartbeat[]): number =>
    Math.max(1, slots / Math.max(1, length));
  const partsOfRunning = running.map(({ jobId: id }) => parts.filter(({ jobId }) => jobId === id).length);
  return {
    actors: actors.length,
    actorSlots: slotsOf(actors),
    actorsWanted: Math.ceil(shards / each(slotsOf(actors), actors)),
    waitingTasks: sum(backlog.values()),
    learners: learners.length,
    learnerSlots: slotsOf(learners),
    learnerPartSlots: partSlots,
    learnersWanted: learnersWanted([...partsOfRunning, ...further], {
      slots: each(slotsOf(learners), learners),
      partSlots: each(partSlots, learners),
    }),
    parts: parts.length,
    waitingParts: parts.filter(isWaiting).length,
    queuedJobs: queued,
    runningJobs: running.length,
  };
}

export function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
