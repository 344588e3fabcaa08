import type { LearnerState } from './checkpointing.js';
import type { EvaluationEvent, StopReason } from './events.js';
import type { JobPlan } from './plan.js';

/** Number of iterations after which the job surely stops; Infinity where only time or a return can stop it. */
export function lastIteration(plan: JobPlan): number {
  const { iterations = Infinity, agentSteps = Infinity } = plan.spec.stop;
  return Math.min(iterations, Math.ceil(agentSteps / plan.agentStepsPerIteration));
}

/** Why training is over now, or null. */
export function stopReason(
  plan: JobPlan,
  state: LearnerState,
  evaluation: EvaluationEvent | null,
  wallSeconds: number,
): StopReason | null {
  const { stop } = plan.spec;
  if (stop.return !== undefined && evaluation !== null && evaluation.iteration === state.iteration) {
    const reached = Object.values(evaluation.agents).every((agent) => agent.return >= stop.return!);
    if (reached) return 'return';
  }
  if (stop.iterations !== undefined && state.iteration >= stop.iterations) return 'iterations';
  if (stop.agentSteps !== undefined && state.counters.agentSteps >= stop.agentSteps) return 'agentSteps';
  if (stop.wallSeconds !== undefined && wallSeconds >= stop.wallSeconds) return 'wallSeconds';
  return null;
}
