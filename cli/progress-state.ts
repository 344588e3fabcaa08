import type { JobSpec } from '../src/jobs/index.js';
import type { EvaluationEvent, IterationEvent, StartedEvent, TrainingEvent } from '../src/training/index.js';

/** What is known of a running job, folded from its events. */
export interface ProgressState {
  readonly stop: JobSpec['stop'];
  started: StartedEvent | undefined;
  iteration: IterationEvent | undefined;
  firstEvaluation: EvaluationEvent | undefined;
  evaluation: EvaluationEvent | undefined;
  /** What was done before this process began: the counters go on where a resumed run stopped. */
  before: { readonly agentSteps: number; readonly wallSeconds: number };
}

export const initialProgress = (stop: JobSpec['stop']): ProgressState => ({
  stop,
  started: undefined,
  iteration: undefined,
  firstEvaluation: undefined,
  evaluation: undefined,
  before: { agentSteps: 0, wallSeconds: 0 },
});

export function fold(state: ProgressState, event: TrainingEvent): void {
  if (event.type === 'started') state.started = event;
  else if (event.type === 'iteration') {
    if (state.iteration === undefined) {
      const agentSteps = event.agentSteps * (1 - 1 / event.iteration);
      state.before = { agentSteps, wallSeconds: Math.max(0, event.wallSeconds - event.seconds.iteration) };
    }
    state.iteration = event;
  } else if (event.type === 'evaluation') {
    state.firstEvaluation ??= event;
    state.evaluation = event;
  }
}

/** Share of the job that is done (0 to 1), by the end that comes first. */
export function shareDone({ stop, iteration }: ProgressState): number {
  if (iteration === undefined) return 0;
  return Math.min(
    1,
    Math.max(
      stop.iterations === undefined ? 0 : iteration.iteration / stop.iterations,
      stop.agentSteps === undefined ? 0 : iteration.agentSteps / stop.agentSteps,
      stop.wallSeconds === undefined ? 0 : iteration.wallSeconds / stop.wallSeconds,
    ),
  );
}

/** Seconds until the first end is reached at the pace so far; undefined when nothing tells. */
export function secondsLeft({ stop, iteration, started, before }: ProgressState): number | undefined {
  if (iteration === undefined || started === undefined) return undefined;
  const seconds = iteration.wallSeconds - before.wallSeconds;
  const iterations = iteration.iteration - started.iteration;
  const steps = iteration.agentSteps - before.agentSteps;
  if (seconds <= 0 || iterations <= 0 || steps <= 0) return undefined;
  const least = Math.min(
    stop.iterations === undefined ? Infinity : ((stop.iterations - iteration.iteration) * seconds) / iterations,
    stop.agentSteps === undefined ? Infinity : ((stop.agentSteps - iteration.agentSteps) * seconds) / steps,
    stop.wallSeconds === undefined ? Infinity : stop.wallSeconds - iteration.wallSeconds,
  );
  return Number.isFinite(least) ? Math.max(0, least) : undefined;
}

/** Agent steps per second of this process so far. */
export function overallRate({ iteration, before }: ProgressState): number {
  if (iteration === undefined || iteration.wallSeconds <= before.wallSeconds) return 0;
  return (iteration.agentSteps - before.agentSteps) / (iteration.wallSeconds - before.wallSeconds);
}
