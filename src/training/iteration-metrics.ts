import type { TrajectoryEntry } from '../broker/index.js';
import { readTrajectory } from '../experience/index.js';
import type { LearnerState } from './checkpointing.js';
import type { AgentMetrics, IterationEvent } from './events.js';
import type { JobPlan } from './plan.js';
import type { UpdateResult } from './update-runner.js';

/** Seconds that actors spent collecting, by part. */
export interface WorkSeconds {
  readonly environment: number;
  readonly policy: number;
  readonly transfer: number;
}

export interface IterationFacts {
  readonly k: number;
  readonly entries: readonly TrajectoryEntry[];
  readonly updates: readonly UpdateResult[];
  readonly actors: number;
  readonly iterationSeconds: number;
  readonly waitingSeconds: number;
  readonly collect: WorkSeconds;
}

/** What an iteration's batches and updates tell. */
export function iterationMetrics(plan: JobPlan, state: LearnerState, facts: IterationFacts): IterationEvent {
  const { entries, updates, collect, iterationSeconds } = facts;
  const { shape } = plan.layout;
  const names = plan.environment.episodeMetrics ?? [];
  const batches = entries.map((entry) => readTrajectory(plan.layout, entry.batch));
  const sums = new Float64Array(batches[0]!.episodes.length);
  for (const batch of batches) {
    for (let i = 0; i < sums.length; i++) sums[i]! += batch.episodes[i]!;
  }
  const episodes = sums[0]!;
  const agents: Record<string, AgentMetrics> = {};
  plan.environment.agents.forEach((agent, i) => {
    const at = 2 + i * (1 + shape.episodeMetrics);
    let reward = 0;
    for (const batch of batches) reward += total(batch.agents[i]!.reward);
    agents[agent.id] = {
      return: episodes > 0 ? sums[at]! / episodes : null,
      rewardPerStep: reward / plan.envStepsPerIteration,
      metrics: episodes > 0 ? Object.fromEntries(names.map((name, m) => [name, sums[at + 1 + m]! / episodes])) : {},
    };
  });
  const collectSeconds = collect.environment + collect.policy + collect.transfer;
  return {
    type: 'iteration',
    iteration: state.iteration,
    envSteps: state.counters.envSteps,
    agentSteps: state.counters.agentSteps,
    learnerSteps: state.counters.learnerSteps,
    wallSeconds: state.counters.wallSeconds,
    policyLag: facts.k - Math.min(...batches.map((batch) => batch.policyVersion)),
    episodes,
    episodeLength: episodes > 0 ? sums[1]! / episodes : null,
    agents,
    policies: Object.fromEntries(plan.policies.map(({ policyId }, p) => [policyId, updates[p]!.metrics])),
    throughput: {
      agentStepsPerSecond: plan.agentStepsPerIteration / iterationSeconds,
      collectAgentStepsPerSecond:
        collectSeconds > 0 ? (plan.agentStepsPerIteration / collectSeconds) * Math.max(1, facts.actors) : 0,
    },
    seconds: {
      iteration: iterationSeconds,
      environment: collect.environment,
      policy: collect.policy,
      transfer: collect.transfer + updates.reduce((sum, update) => sum + update.seconds.transfer, 0),
      update: updates.reduce((sum, update) => sum + update.seconds.update, 0),
      waiting: facts.waitingSeconds,
    },
  };
}

function total(values: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < values.length; j++) sum += values[j]!;
  return sum;
}
