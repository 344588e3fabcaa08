import { silentLogger } from '../../src/base/index.js';
import type { Broker, JobState } from '../../src/broker/index.js';
import { isFinal } from '../../src/jobs/index.js';
import type { TrainingEvent } from '../../src/training/index.js';
import { cliError } from '../errors.js';
import { FollowedJob } from '../followed-job.js';
import type { Host } from '../host.js';
import type { Run, TrainingSummary } from '../training-run.js';
import { watchWaitingParts } from '../waiting-parts.js';

/** How long a job may be unknown to the broker: a fleet that lost its Redis re-creates it meanwhile. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 500;
/** How often the job's record is looked at. */
const LOOK_MS = 200;
/** How long a learner has to tell the end of a job that was cancelled: longer, and it died over it. */
const LAST_WORDS_MS = 10_000;
/** Without an event for so long, it is looked whether the fleet waits for memory. */
const STILL_MS = 5000;
const OUT_OF_MEMORY = 'waiting: Redis is out of memory (raise its maxmemory); the job goes on when there is room';

export interface Following {
  readonly onEvent: (event: TrainingEvent) => void;
  /** Shows what is no event of the job. */
  readonly note: (text: string) => void;
}

/** Submits a job to a fleet and follows it to its end: the same events, in the same order, as training it here. Aborting stops
 *  following; the job goes on. Rejects with the job's own error when it fails. */
export async function trainOnFleet(
  host: Host,
  url: string,
  run: Run,
  { onEvent, note }: Following,
  signal: AbortSignal,
): Promise<TrainingSummary> {
  const { createRedisBroker } = await import('../../src/broker/redis/index.js');
  const { createPatientBroker } = await import('../../src/broker/index.js');
  const direct = await createRedisBroker({ url }, { clock: host.clock, logger: silentLogger });
  const broker = createPatientBroker(direct);
  try {
    const now = host.clock.now();
    const spec = JSON.stringify(run.spec);
    await broker.jobs.submit({ jobId: run.job, state: 'queued', spec, createdAt: now, updatedAt: now });
    const still = watchStill(host, direct, note);
    const forget = run.spec.learners > 1 ? watchWaitingParts(run.job, { broker: direct, note }) : () => {};
    const heard = (event: TrainingEvent): void => {
      still.heard();
      onEvent(event);
    };
    try {
      return await followJob(host, broker, run.job, new FollowedJob(run.job, { onEvent: heard, note }), signal);
    } finally {
      forget();
      still.close();
    }
  } finally {
    await direct.close();
  }
}

/** Says why nothing is heard of a job while the broker is out of memory: nobody else can, for want of a place to write it. */
function watchStill(host: Host, broker: Broker, note: Following['note']) {
  let since = host.clock.monotonic();
  let told = false;
  const timer = setInterval(() => {
    if (told || host.clock.monotonic() - since < STILL_MS) return;
    const of = since;
    broker.hasRoom().then(
      (room) => {
        if (room || told || since !== of) return;
        told = true;
        note(OUT_OF_MEMORY);
      },
      // Away as well: whoever follows waits for that, and is told if it does not pass.
      () => {},
    );
  }, LOOK_AGAIN_MS);
  return {
    heard: (): void => {
      since = host.clock.monotonic();
      told = false;
    },
    close: (): void => clearInterval(timer),
  };
}

async function followJob(
  host: Host,
  broker: Broker,
  job: string,
  followed: FollowedJob,
  signal: AbortSignal,
): Promise<TrainingSummary> {
  let lostAt: number | null = null;
  for (;;) {
    const ending = watchRecord(host, broker, job, followed, signal);
    try {
      for await (const event of broker.events.follow(job, followed.sequence, ending.signal)) {
        lostAt = null;
        followed.hear(event);
        ending.heard();
      }
    } finally {
      ending.close();
    }
    if (ending.state !== null) return followed.result(ending.state);
    if (signal.aborted)
      throw cliError('FLEET_DETACHED', `job ${job} goes on without being followed`, { data: { job } });
    // The history came to an end that is not the job's: the job was deleted, or the broker has lost it.
    const stored = await broker.jobs.get(job);
    if (stored !== null && isFinal(stored.record.state)) return followed.result(stored.record.state);
    if (stored === null && followed.toldEnd) return followed.result(null);
    lostAt ??= host.clock.monotonic();
    if (stored === null && host.clock.monotonic() - lostAt > PATIENCE_MS) {
      throw cliError('FLEET_HISTORY_LOST', `the broker has no job ${job} any more, and no learner re-created it`, {
        data: { job },
      });
    }
    // What there is now, or will be, is another history.
    followed.begunAnew();
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Looks at a job's record while nothing is heard of the job. Its signal aborts when the record says that the job has ended and the
 *  history has no more to tell, or with the one given. */
function watchRecord(host: Host, broker: Broker, job: string, followed: FollowedJob, outer: AbortSignal) {
  const stop = new AbortController();
  let state: JobState | null = null;
  let heard = true;
  let looking = false;
  const abort = (): void => stop.abort();
  outer.addEventListener('abort', abort);
  if (outer.aborted) abort();
  const look = async (): Promise<void> => {
    const stored = await broker.jobs.get(job);
    if (stored === null || !isFinal(stored.record.state)) return;
    const { state: final, updatedAt } = stored.record;
    // A learner tells that it has let go of a cancelled job some time after that.
    const lastWords = final === 'cancelled' && followed.atWork && host.clock.now() - updatedAt < LAST_WORDS_MS;
    if (lastWords || (await broker.events.read(job, followed.sequence, 1)).length > 0) return;
    state = final;
    abort();
  };
  const timer = setInterval(() => {
    const quiet = !heard;
    heard = false;
    if (looking || !(quiet || followed.toldEnd)) return;
    looking = true;
    look()
      // The broker is away: whoever follows the events waits for that, and is told if it does not pass.
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, LOOK_MS);
  return {
    signal: stop.signal,
    /** In which the job ended; null while it has not. */
    get state() {
      return state;
    },
    heard: (): void => {
      heard = true;
    },
    close: (): void => {
      clearInterval(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}
