import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type Job, MarlinApiError } from '../../client/index.js';
import { type ApiFlags, openClient, withApi } from '../api-client.js';
import { EXIT, type Host } from '../host.js';
import { countHeld } from '../job-learners.js';
import { progressOf } from '../job-view.js';
import { showBriefly, showCount, showDuration, showRate } from '../numbers.js';
import { styleFor } from '../style.js';
import { renderTable } from '../table.js';

export interface TopFlags extends ApiFlags {
  /** Seconds between two looks. */
  readonly interval: number;
  readonly once?: boolean;
}

/** Jobs and processes that are shown; of more, the newest. */
const MOST_ROWS = 20;
const DEFAULT_WIDTH = 120;
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/** marlin top: who works, on what, and how fast; drawn again every few seconds on a terminal, else once. */
export async function top(host: Host, flags: TopFlags): Promise<number> {
  const client = await openClient(host, flags);
  const live = !flags.once && !flags.json && host.stdout.isTTY === true && !host.settings.dumbTerminal;
  const stop = new AbortController();
  const forget = host.onInterrupt(() => stop.abort());
  try {
    for (;;) {
      const fleet = await withApi(() => look(client, stop.signal));
      if (flags.json) host.stdout.write(`${JSON.stringify(fleet)}\n`);
      else host.stdout.write((live ? HOME_AND_CLEAR : '') + draw(host, fleet));
      if (!live) return EXIT.success;
      await sleep(Math.max(1, flags.interval) * 1000, undefined, { signal: stop.signal });
    }
  } catch (error) {
    // Leaving is how a live view ends.
    if (stop.signal.aborted) return EXIT.success;
    throw error;
  } finally {
    forget();
  }
}

type Fleet = Awaited<ReturnType<typeof look>>;

async function look(client: Client, signal: AbortSignal) {
  const call = { signal };
  const [scaling, learners, actors, page] = await Promise.all([
    client.getScaling(call),
    client.listLearners(call),
    client.listActors(call),
    client.listJobs({ state: ['running', 'queued', 'paused'], limit: MOST_ROWS }, call),
  ]);
  const jobs = await Promise.all(page.jobs.map(({ id }) => client.getJob(id, call).catch(unlessGone)));
  const shown: Job[] = jobs.filter((job) => job !== null);
  return { scaling, learners, actors, jobs: shown, moreJobs: page.nextCursor !== null };
}

/** A job may be deleted between the list and the look at it. */
function unlessGone(error: unknown): null {
  if (error instanceof MarlinApiError && error.code === 'API_JOB_UNKNOWN') return null;
  throw error;
}

function draw(host: Host, { scaling, learners, actors, jobs, moreJobs }: Fleet): string {
  const style = styleFor(host, host.stdout);
  const width = host.stdout.columns ?? DEFAULT_WIDTH;
  const now = host.clock.now();
  const right = (title: string) => ({ title, align: 'right' as const });
  const rate = jobs.reduce(
    (sum, { state, progress }) => sum + (state === 'running' ? (progress.agentStepsPerSecond ?? 0) : 0),
    0,
  );
  const head =
    `${style.bold(`${scaling.runningJobs} running, ${scaling.queuedJobs} queued`)} · ` +
    `${scaling.learners} learners (${scaling.learnerSlots} slots, ${scaling.learnersWanted} wanted) · ` +
    `${scaling.actors} actors (${scaling.actorSlots} slots, ${scaling.actorsWanted} wanted) · ` +
    `${scaling.waitingTasks} tasks wait · ` +
    (scaling.parts === 0 ? '' : `${scaling.waitingParts} of ${scaling.parts} parts wait · `) +
    `${showRate(rate, 'agentSteps')}\n`;
  const jobRows = jobs.map((job) => {
    const { progress } = job;
    const returns = Object.values(progress.returns);
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    return [
      job.id,
      job.name,
      progress.waiting === null ? job.state : `${job.state}, waiting`,
      job.state === 'running' && job.learners !== null ? countHeld(job.learners) : '',
      progressOf(job),
      returns.length === 0 ? '' : showBriefly(mean),
      progress.policyLag === null ? '' : String(progress.policyLag),
      progress.agentStepsPerSecond === null ? '' : showRate(progress.agentStepsPerSecond),
    ];
  });
  const jobColumns = [{ title: 'job' }, { title: 'name' }, { title: 'state' }, { title: 'learners' }];
  const numbers = ['iteration', 'mean return', 'lag', 'agentSteps'].map(right);
  const workers = [
    ...learners.map((learner) => ({ kind: 'learner', done: learner.iterations, on: worksOn(learner), ...learner })),
    ...actors.map((actor) => ({ kind: 'actor', done: actor.tasksDone, on: '', ...actor })),
  ];
  const workerRows = workers
    .slice(0, MOST_ROWS)
    .map(({ kind, id, host: machine, on, slots, done, agentSteps, since }) => [
      kind,
      id,
      machine,
      on,
      String(slots),
      showCount(done),
      showCount(agentSteps),
      showDuration(Math.max(0, now - Date.parse(since)) / 1000),
    ]);
  const workerColumns = [{ title: 'process' }, { title: 'id' }, { title: 'host' }, { title: 'works on' }];
  const counts = ['slots', 'done', 'agentSteps', 'since'].map(right);
  const more = (yes: boolean): string => (yes ? style.dim('… and more\n') : '');
  return (
    head +
    (jobRows.length === 0 ? '' : `\n${renderTable([...jobColumns, ...numbers], jobRows, width)}${more(moreJobs)}`) +
    (workerRows.length === 0
      ? ''
      : `\n${renderTable([...workerColumns, ...counts], workerRows, width)}${more(workers.length > MOST_ROWS)}`)
  );
}

/** Jobs that a learner has, and parts of those of others. */
function worksOn({ jobIds, parts }: Fleet['learners'][number]): string {
  const led = jobIds.filter((id) => parts.every(({ jobId }) => jobId !== id));
  return [...led, ...parts.map(({ jobId, part }) => `part ${part} of ${jobId}`)].join(', ');
}
