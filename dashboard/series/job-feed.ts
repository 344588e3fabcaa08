import {
  type Client,
  type HistoryEvent,
  type Job,
  type JobSeries,
  type JobStreamEvent,
  MarlinApiError,
} from '../../client/index.js';
import { JobLines } from './job-lines.js';
import type { XAxis } from './points-of.js';

/** Of the stream of events: `ended` when the job has ended and all was told. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'ended';

/** What is known of a job. */
export interface JobNews {
  readonly job: Job | undefined;
  readonly lines: JobLines | undefined;
  readonly connection: Connection;
  /** Why it cannot be shown, or not any further. */
  readonly error: unknown;
  readonly removed: boolean;
  /** Each counts what may have changed the timeline, the checkpoints, the evaluations. */
  readonly turns: number;
  readonly checkpoints: number;
  readonly evaluations: number;
}

export interface FeedModules {
  readonly client: Pick<Client, 'getJob' | 'getJobMetrics' | 'events'>;
  /** Calls back after a while: when the next frame is drawn, or after milliseconds. Gives what takes that back. */
  readonly later: (callback: () => void, ms: number) => () => void;
}

const POINTS = 600;
/** Between two readings of the job. */
const JOB_EVERY_MS = 1000;
/** Until it is asked again for lines that were not new enough. */
const AGAIN_MS = 400;
/** After the end, what may come late is looked for so long after the time before. */
const AFTERWARDS_MS = [1500, 6000];
/** Between two tellings; a job may have hundreds of events in a second. */
const TELL_EVERY_MS = 150;

/** Follows one job: reads what there is, then adds what comes, and tells its reader at most a few times a second. Connections that
 *  break are made again by the client; what was missed is read anew. */
export class JobFeed {
  readonly #jobId: string;
  readonly #modules: FeedModules;
  readonly #tell: (news: JobNews) => void;
  readonly #stop = new AbortController();
  #axis: XAxis;
  #news: JobNews = {
    job: undefined,
    lines: undefined,
    connection: 'connecting',
    error: undefined,
    removed: false,
    turns: 0,
    checkpoints: 0,
    evaluations: 0,
  };
  /** Events that came while lines are read: null when none are. */
  #meanwhile: HistoryEvent[] | null = null;
  #reading = new AbortController();
  /** The newest event that the stream has left out, which only the lines of the API have. */
  #leftOut = 0;
  #takeBackTelling: (() => void) | null = null;
  #takeBackJob: (() => void) | null = null;
  #takeBackRest: (() => void) | null = null;

  constructor(jobId: string, axis: XAxis, modules: FeedModules, tell: (news: JobNews) => void) {
    this.#jobId = jobId;
    this.#axis = axis;
    this.#modules = modules;
    this.#tell = tell;
  }

  /** Returns when the job has ended, cannot be read, or the feed was closed. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      this.#put({ job: await this.#modules.client.getJob(this.#jobId, { signal }) });
      await this.#readLines();
      const follow = {
        after: this.#news.lines?.sequence ?? 0,
        signal,
        onConnection: (connected: boolean) => this.#connected(connected),
      };
      for await (const event of this.#modules.client.events(this.#jobId, follow)) this.#take(event);
      this.#put({ connection: 'ended' });
      this.#readRest(AFTERWARDS_MS);
    } catch (error) {
      if (!signal.aborted) this.#put({ error, removed: isGone(error) && this.#news.job !== undefined });
    }
  }

  close(): void {
    this.#stop.abort();
    this.#reading.abort();
    this.#takeBackTelling?.();
    this.#takeBackJob?.();
    this.#takeBackRest?.();
  }

  /** Shows the lines over another axis, as soon as they are read. */
  setAxis(axis: XAxis): void {
    if (axis === this.#axis) return;
    this.#axis = axis;
    void this.#readLines();
  }

  /** What somebody has just read or changed of the job. */
  noteJob(job: Job): void {
    this.#put({ job, turns: this.#news.turns + 1 });
  }

  #take(event: JobStreamEvent): void {
    const { turns, checkpoints, evaluations } = this.#news;
    switch (event.type) {
      case 'state':
      case 'end':
        if (event.state === 'removed') this.#put({ removed: true });
        else if (this.#news.job !== undefined) this.#put({ job: { ...this.#news.job, state: event.state } });
        this.#put({ turns: turns + 1 });
        this.#jobSoon();
        return;
      case 'actors':
        return;
      case 'resync':
        this.#leftOut = event.after;
        this.#put({ turns: turns + 1, checkpoints: checkpoints + 1, evaluations: evaluations + 1 });
        this.#jobSoon();
        void this.#readLines();
        return;
      case 'iteration':
        if (this.#news.job !== undefined) this.#put({ job: withIteration(this.#news.job, event) });
        break;
      case 'evaluation':
        this.#put({ evaluations: evaluations + 1 });
        this.#jobSoon();
        break;
      case 'checkpoint':
        this.#put({ checkpoints: checkpoints + 1, turns: turns + 1 });
        this.#jobSoon();
        break;
      default:
        this.#put({ turns: turns + 1 });
        this.#jobSoon();
    }
    if (this.#meanwhile !== null) this.#meanwhile.push(event);
    else if (this.#news.lines?.add(event) === false) {
      // An answer from before this event will not do.
      this.#meanwhile = [event];
      void this.#readLines();
    }
  }

  #connected(connected: boolean): void {
    const back = connected && this.#news.connection === 'reconnecting';
    this.#put({ connection: connected ? 'live' : 'reconnecting' });
    if (!back) return;
    // What happened to the job meanwhile may have left no event.
    this.#jobSoon(0);
    if (this.#meanwhile === null) return;
    this.#put({ error: undefined });
    void this.#readLines();
  }

  /** Reads all lines anew, over and over until what came meanwhile fits onto them. */
  async #readLines(): Promise<void> {
    this.#reading.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#meanwhile ??= [];
    try {
      for (;;) {
        const lines = new JobLines(this.#axis);
        lines.replace(await readSeries(this.#modules.client, this.#jobId, this.#axis, reading.signal));
        // An answer may be from before what the stream left out.
        if (lines.sequence >= this.#leftOut && this.#meanwhile.every((event) => lines.add(event))) {
          this.#meanwhile = null;
          this.#put({ lines });
          return;
        }
        await new Promise<void>((resolve) => this.#modules.later(resolve, AGAIN_MS));
        reading.signal.throwIfAborted();
      }
    } catch (error) {
      if (!reading.signal.aborted) this.#put({ error });
    }
  }

  /** A job that was cancelled has ended at once for everybody but its learner, which ends its iteration, and saves and tells that. */
  #readRest([ms, ...later]: readonly number[]): void {
    this.#jobSoon(0);
    const { turns, checkpoints, evaluations } = this.#news;
    this.#put({ turns: turns + 1, checkpoints: checkpoints + 1, evaluations: evaluations + 1 });
    if (ms === undefined) void this.#readLines();
    else this.#takeBackRest = this.#modules.later(() => this.#readRest(later), ms);
  }

  #jobSoon(ms = JOB_EVERY_MS): void {
    if (this.#takeBackJob !== null && ms > 0) return;
    this.#takeBackJob?.();
    this.#takeBackJob = this.#modules.later(() => {
      this.#takeBackJob = null;
      this.#modules.client.getJob(this.#jobId, { signal: this.#stop.signal }).then(
        (job) => this.#put({ job }),
        (error: unknown) => {
          if (isGone(error)) this.#put({ removed: true });
          // Anything else the stream tells as well, and asks again when it is back.
        },
      );
    }, ms);
  }

  #put(part: Partial<JobNews>): void {
    this.#news = { ...this.#news, ...part };
    this.#takeBackTelling ??= this.#modules.later(() => {
      this.#takeBackTelling = null;
      this.#tell(this.#news);
    }, TELL_EVERY_MS);
  }
}

/** Agents whose lines are read; of hundreds, nobody could tell them apart. */
const MOST_AGENTS = 48;

/** All lines of a job that the page shows. */
export async function readSeries(
  client: Pick<Client, 'getJobMetrics'>,
  jobId: string,
  x: XAxis,
  signal: AbortSignal,
): Promise<JobSeries> {
  const told = await client.getJobMetrics(jobId, { x }, { signal });
  const available = told.available ?? [];
  if (available.length === 0) return told;
  const agents = [...new Set(available.flatMap(({ per, ids }) => (per === 'agent' ? ids : [])))];
  const few = agents.length <= MOST_AGENTS ? {} : { agents: agents.slice(0, MOST_AGENTS) };
  return client.getJobMetrics(
    jobId,
    { names: available.map(({ name }) => name), x, points: POINTS, ...few },
    { signal },
  );
}

/** The job as it is after an iteration, until it is read again. */
function withIteration(job: Job, event: Extract<HistoryEvent, { type: 'iteration' }>): Job {
  const { iteration, envSteps, agentSteps, learnerSteps, wallSeconds, policyLag, throughput, agents } = event;
  const returns = { ...job.progress.returns };
  for (const [agent, { return: mean }] of Object.entries(agents)) if (mean !== null) returns[agent] = mean;
  return {
    ...job,
    progress: {
      ...job.progress,
      ...{ iteration, envSteps, agentSteps, learnerSteps, wallSeconds, policyLag, returns, waiting: null },
      agentStepsPerSecond: throughput.agentStepsPerSecond,
    },
  };
}

const isGone = (error: unknown): boolean => error instanceof MarlinApiError && error.code === 'API_JOB_UNKNOWN';
