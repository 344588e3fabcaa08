import { MarlinError, silentLogger } from '../../src/base/index.js';
import type { Broker, JobEvent } from '../../src/broker/index.js';
import { isFinal } from '../../src/jobs/index.js';
import type { AgentEvaluation, TrainingEvent } from '../../src/training/index.js';
import { cliError } from '../errors.js';
import type { Host } from '../host.js';
import type { Run, TrainingSummary } from '../training-run.js';

/** How long a job may be unknown to the broker: a fleet that lost its Redis re-creates it meanwhile. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 500;
/** Without an event for so long, it is looked whether the fleet waits for memory. */
const STILL_MS = 5000;
const OUT_OF_MEMORY = 'waiting: Redis is out of memory (raise its maxmemory); the job goes on when there is room';

export interface Following {
  readonly onEvent: (event: TrainingEvent) => void;
  /** Shows what is no event of the job. */
  readonly note: (text: string) => void;
}

type Finished = Extract<TrainingEvent, { type: 'finished' }>;

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
    const heard = (event: TrainingEvent): void => {
      still.heard();
      onEvent(event);
    };
    try {
      return await followJob(host, broker, run.job, heard, signal);
    } finally {
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
  onEvent: (event: TrainingEvent) => void,
  signal: AbortSignal,
): Promise<TrainingSummary> {
  let evaluation: Readonly<Record<string, AgentEvaluation>> = {};
  let lostAt: number | null = null;
  let newestTerm = 0;
  for (let sequence = 0; ; ) {
    for await (const event of broker.events.follow(job, sequence, signal)) {
      sequence = event.sequence;
      lostAt = null;
      const { term, ...told } = parse(event);
      // Told by a learner that was thought dead, after another had begun.
      if (term < newestTerm) continue;
      newestTerm = term;
      if (told.type === 'failed') throw new MarlinError(told.code, told.message, false, { data: told.data });
      if (told.type === 'evaluation') evaluation = told.agents;
      onEvent(told);
      if (told.type === 'finished') return resultOf(job, told, evaluation);
    }
    if (signal.aborted)
      throw cliError('FLEET_DETACHED', `job ${job} goes on without being followed`, { data: { job } });
    // The history came to an end that is not the job's: the broker has lost it, or its end was dropped from a full history.
    const stored = await broker.jobs.get(job);
    if (stored !== null && isFinal(stored.record.state)) {
      throw cliError('FLEET_HISTORY_LOST', `job ${job} is ${stored.record.state}, but its history is gone`, {
        data: { job },
      });
    }
    lostAt ??= host.clock.monotonic();
    if (stored === null && host.clock.monotonic() - lostAt > PATIENCE_MS) {
      throw cliError('FLEET_HISTORY_LOST', `the broker has no job ${job} any more, and no learner re-created it`, {
        data: { job },
      });
    }
    // What there is now, or will be, is another history.
    sequence = 0;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

interface Failed {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as learners write it: their term is greater than that of any learner before. */
type Told = (TrainingEvent | Failed) & { readonly term: number };

const parse = (event: JobEvent): Told => JSON.parse(event.payload) as Told;

function resultOf(
  job: string,
  finished: Finished,
  evaluation: Readonly<Record<string, AgentEvaluation>>,
): TrainingSummary {
  const { state, reason, iteration, envSteps, agentSteps, wallSeconds, digest } = finished;
  const agentStepsPerSecond = agentSteps / Math.max(wallSeconds, 1e-9);
  return {
    job,
    state,
    reason,
    iterations: iteration,
    envSteps,
    agentSteps,
    wallSeconds,
    agentStepsPerSecond,
    digest,
    evaluation,
  };
}
