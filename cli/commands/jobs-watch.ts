import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, HistoryEvent, Job, JobStreamEvent } from '../../client/index.js';
import { MarlinError } from '../../src/base/index.js';
import { type ApiFlags, openClient, withApi } from '../api-client.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { START_LEARNER, showLearners, waitingParts } from '../job-learners.js';
import { showCount, showDuration } from '../numbers.js';
import { createProgress, type Progress } from '../progress.js';
import { styleFor } from '../style.js';

export interface WatchFlags extends ApiFlags {
  readonly quiet?: boolean;
}

/** Of a job's history, what tells how it goes. */
const TYPES = ['started', 'iteration', 'evaluation', 'waiting', 'paused', 'steered', 'finished', 'failed'] as const;

/** How often it is seen which learners share the job, where several may. */
const LEARNERS_MS = 5000;

/** marlin jobs watch: follows a job to its end, as training it here is followed; with --json, every event as a line of JSON. Ends with
 *  0 where the job succeeded. Rejects with the job's own error where it failed. Interrupted, the job goes on. */
export async function watchJob(host: Host, jobId: string, flags: WatchFlags): Promise<number> {
  let progress: Progress | undefined;
  const client = await openClient(host, flags, ({ error }) => {
    if (!flags.quiet) progress?.note(`${error.code}: trying again`);
  });
  const stop = new AbortController();
  const forget = host.onInterrupt(() => stop.abort());
  try {
    const job = await withApi(() => client.getJob(jobId, { signal: stop.signal }));
    const silent = flags.quiet === true || flags.json === true;
    progress = createProgress(host, job.spec.stop, silent);
    if (!silent && job.learners !== null && job.learners.wanted > 1)
      void watchLearners(client, job, progress, stop.signal);
    let state: string = job.state;
    let failure: Extract<HistoryEvent, { type: 'failed' }> | undefined;
    const view = new EventView(host, progress, flags);
    await withApi(async () => {
      for await (const event of client.events(jobId, { types: TYPES, signal: stop.signal })) {
        view.show(event);
        if (event.type === 'state' || event.type === 'end') state = event.state;
        if (event.type === 'failed') failure = event;
      }
    });
    view.close();
    if (state === 'succeeded') return EXIT.success;
    if (failure !== undefined && state === 'failed') {
      throw new MarlinError(failure.code, failure.message, failure.retryable, { data: failure.data });
    }
    throw cliError('JOB_NOT_SUCCEEDED', `job ${jobId} is ${state}`, { data: { jobId, state } });
  } catch (error) {
    progress?.close();
    if (!stop.signal.aborted) throw error;
    if (!flags.quiet) host.stderr.write(`job ${jobId} goes on without being watched\n`);
    return EXIT.interrupted;
  } finally {
    stop.abort();
    forget();
  }
}

/** Says how many learners share the job, whenever that has changed, until the signal aborts. */
async function watchLearners(client: Client, { id }: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  let told = '';
  while (!signal.aborted) {
    const job = await client.getJob(id, { signal }).catch(() => null);
    const now = job?.state === 'running' ? showLearners(job) : undefined;
    if (job !== null && now !== undefined && now !== told && !signal.aborted) {
      told = now;
      const advice = waitingParts(job) === 0 ? '' : `; start more with ${START_LEARNER}`;
      progress.note(`learners: ${now}${advice}`);
    }
    await sleep(LEARNERS_MS, undefined, { signal }).catch(() => {});
  }
}

/** Shows events as they come, and not those of a learner that was thought dead. */
class EventView {
  readonly #host: Host;
  readonly #progress: Progress;
  readonly #flags: WatchFlags;
  #newestTerm = 0;
  #state = '';
  #finished: Extract<HistoryEvent, { type: 'finished' }> | undefined;

  constructor(host: Host, progress: Progress, flags: WatchFlags) {
    this.#host = host;
    this.#progress = progress;
    this.#flags = flags;
  }

  show(event: JobStreamEvent): void {
    if ('sequence' in event && event.type !== 'steered') {
      const { term = 0 } = event;
      if (term < this.#newestTerm) return;
      this.#newestTerm = term;
    }
    // A learner that was killed over it is followed by another, which ends the job once more.
    if (event.type === 'finished') this.#finished = event;
    if (event.type === 'started') this.#finished = undefined;
    if (this.#flags.json) {
      this.#host.stdout.write(`${JSON.stringify(event)}\n`);
      return;
    }
    if (event.type === 'state' && event.state !== this.#state) {
      this.#state = event.state;
      if (!this.#flags.quiet) this.#progress.note(event.state);
    } else if (event.type === 'resync' && !this.#flags.quiet) {
      this.#progress.note('some events were left out');
    } else if (event.type === 'steered' && !this.#flags.quiet) {
      this.#progress.note(`${STEERED[event.to] ?? event.to} by ${event.by}`);
    } else if (isTraining(event)) this.#progress.onEvent(event);
  }

  /** Leaves the last line standing, and says what the job came to. */
  close(): void {
    this.#progress.close();
    const finished = this.#finished;
    if (finished === undefined || this.#flags.json) return;
    const { state, reason, iteration, agentSteps, wallSeconds, digest } = finished;
    const style = styleFor(this.#host, this.#host.stdout);
    const title = style.bold(state === 'succeeded' ? style.good('trained') : style.warning('stopped'));
    this.#host.stdout.write(
      `${title} ${iteration} iterations (${reason}), ${showCount(agentSteps)} agent steps in ${showDuration(wallSeconds)}\n` +
        `digest ${digest}\n`,
    );
  }
}

const STEERED: Readonly<Record<string, string>> = { queued: 'resumed' };

type NotTraining = Extract<HistoryEvent, { type: 'failed' | 'paused' | 'steered' }>;

const isTraining = (event: JobStreamEvent): event is Exclude<HistoryEvent, NotTraining> =>
  'sequence' in event && event.type !== 'failed' && event.type !== 'paused' && event.type !== 'steered';
