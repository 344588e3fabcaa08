import { MarlinError } from '../src/base/index.js';
import type { JobState, JobEvent as StoredEvent } from '../src/broker/index.js';
import type { AgentEvaluation, JobEvent, TrainingEvent } from '../src/training/index.js';
import { cliError } from './errors.js';
import type { TrainingSummary } from './training-run.js';

/** Learners add their term, which is greater than that of any learner before. */
type Told = JobEvent & { readonly term?: number };
type End = Extract<JobEvent, { type: 'finished' | 'failed' }>;

/** What a job's history told so far. An end that it tells is passed on only once the job's record says so too: a learner that was
 *  killed in between is followed by another, which ends the job once more. */
export class FollowedJob {
  readonly #job: string;
  readonly #onEvent: (event: TrainingEvent) => void;
  readonly #note: (text: string) => void;
  #sequence = 0;
  #term = 0;
  #atWork = false;
  #end: End | null = null;
  #evaluation: Readonly<Record<string, AgentEvaluation>> = {};

  constructor(
    job: string,
    to: { readonly onEvent: (event: TrainingEvent) => void; readonly note: (text: string) => void },
  ) {
    this.#job = job;
    this.#onEvent = to.onEvent;
    this.#note = to.note;
  }

  /** Of the newest event. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether a learner has begun and has not told that it let go. */
  get atWork(): boolean {
    return this.#atWork;
  }

  get toldEnd(): boolean {
    return this.#end !== null;
  }

  hear({ sequence, payload }: StoredEvent): void {
    this.#sequence = sequence;
    const { term, ...told } = JSON.parse(payload) as Told;
    if (told.type === 'steered') {
      this.#note(`${told.to === 'queued' ? 'resumed' : told.to} by ${told.by}`);
      return;
    }
    // Told by a learner that was thought dead, after another had begun.
    if ((term ?? 0) < this.#term) return;
    this.#term = term ?? 0;
    if (told.type === 'finished' || told.type === 'failed') {
      this.#atWork = false;
      this.#end = told;
      return;
    }
    this.#end = null;
    this.#atWork = told.type !== 'paused';
    if (told.type === 'paused') return;
    if (told.type === 'waiting' && told.reason === 'CHECKPOINT_WRITE_FAILED') {
      this.#note(
        `waiting: the checkpoint of iteration ${told.iteration} could not be saved, as the learner's log says; it is tried again`,
      );
    }
    if (told.type === 'evaluation') this.#evaluation = told.agents;
    this.#onEvent(told);
  }

  /** What follows is another history of the same job. */
  begunAnew(): void {
    this.#sequence = 0;
  }

  /** What the job came to, where its record says so, or is gone. Throws its own error where it failed, JOB_NOT_SUCCEEDED where it was cancelled and no learner had it, and
   *  FLEET_HISTORY_LOST. */
  result(state: JobState | null): TrainingSummary {
    const job = this.#job;
    const end = this.#end;
    if (end?.type === 'failed')
      throw new MarlinError(end.code, end.message, end.retryable ?? false, { data: end.data });
    if (end === null && state === 'cancelled') {
      throw cliError('JOB_NOT_SUCCEEDED', `job ${job} is cancelled`, { data: { jobId: job, state } });
    }
    if (end === null) {
      throw cliError('FLEET_HISTORY_LOST', `job ${job} is ${state}, but its history is gone`, { data: { job } });
    }
    this.#onEvent(end);
    const { reason, iteration, envSteps, agentSteps, wallSeconds, digest } = end;
    return {
      job,
      state: end.state,
      reason,
      iterations: iteration,
      envSteps,
      agentSteps,
      wallSeconds,
      agentStepsPerSecond: agentSteps / Math.max(wallSeconds, 1e-9),
      digest,
      evaluation: this.#evaluation,
    };
  }
}
