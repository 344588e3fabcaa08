import type { Broker, JobRecord } from '../../src/broker/index.js';
import type { JobSpec } from '../../src/jobs/index.js';

/** How often a job's record is looked at. */
const WATCH_MS = 1000;

/** Watches a job's record for its owner's wish to end or pause it, or to have it end at another time: it is let go of then, and taken
 *  again with what its spec says now. */
export class JobWatch {
  private readonly stop = new AbortController();
  /** Aborts when the job is to stop here, for whatever reason. */
  readonly signal: AbortSignal = this.stop.signal;
  private readonly timer: NodeJS.Timeout;

  constructor(broker: Broker, record: JobRecord) {
    const { jobId } = record;
    const end = endOf(record);
    let looking = false;
    this.timer = setInterval(async () => {
      // One that the broker cannot answer now waits for it: a second would only wait beside it.
      if (looking) return;
      looking = true;
      try {
        const stored = await broker.jobs.get(jobId);
        // Queued again: paused and resumed between two looks, or lost by the broker and submitted anew. It waits for a learner then,
        // which may be this one.
        if (stored !== null && (stored.record.state !== 'running' || endOf(stored.record) !== end)) this.stop.abort();
      } catch {
        // The next look may be answered.
      } finally {
        looking = false;
      }
    }, WATCH_MS);
  }

  /** Called when this process ends. Its signal is not tied to that of the job: `AbortSignal.any` would keep something of every job. */
  letGo(): void {
    this.stop.abort();
  }

  close(): void {
    clearInterval(this.timer);
  }
}

/** When a job is to end, as text. */
const endOf = ({ spec }: JobRecord): string => JSON.stringify((JSON.parse(spec) as JobSpec).stop);
