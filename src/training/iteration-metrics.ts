import type { TrajectoryEntry } from '../broker/index.js';
import { readTrajectory, type TrajectoryBatch } from '../experience/index.js';
import { headMeans, metricMeans, returnHeads, sumHeads } from './agent-metrics.js';
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
  /** Batches that were passed over. */
  readonly dropped: number;
  readonly iterationSeconds: number;
  readonly waitingSeconds: number;
  /** agent → f64[H], rewards of the batches added up per head, of agents whose rewards are not in the entries here. */
  readonly rewards?: ReadonlyMap<number, Float64Array>;
  /** null where it is not known. */
  readonly collect: WorkSeconds | null;
}

/** What an iteration's batches and updates tell. */
export function iterationMetrics(plan: JobPlan, state: LearnerState, facts: IterationFacts): IterationEvent {
  const { entries, updates, collect, iterationSeconds } = facts;
  const { environment, envStepsPerIteration } = plan;
  const { rewardHeads: H, episodeMetrics: M } = plan.layout.shape;
  const counted = returnHeads(environment);
  const batches = entries.map((entry) => readTrajectory(plan.layout, entry.batch));
  const sums = new Float64Array(batches[0]!.episodes.length);
  for (const batch of batches) {
    for (let i = 0; i < sums.length; i++) sums[i]! += batch.episodes[i]!;
  }
  const episodes = sums[0]!;
  const agents: Record<string, AgentMetrics> = {};
  environment.agents.forEach((agent, i) => {
    const at = 2 + i * (1 + M);
    const rewards = facts.rewards?.get(i) ?? rewardSums(batches, i, H);
    agents[agent.id] = {
      return: episodes > 0 ? sums[at]! / episodes : null,
      rewardPerStep: sumHeads(counted, rewards, 0) / envStepsPerIteration,
      ...headMeans(environment, rewards, 0, envStepsPerIteration),
      metrics: metricMeans(environment, sums, at + 1, episodes),
    };
  });
  return {
    type: 'iteration',
    iteration: state.iteration,
    envSteps: state.counters.envSteps,
    agentSteps: state.counters.agentSteps,
    learnerSteps: state.counters.learnerSteps,
    wallSeconds: state.counters.wallSeconds,
    policyLag: facts.k - Math.min(...batches.map((batch) => batch.policyVersion)),
    ...(plan.spec.schedule.kind === 'async' ? { batchesDropped: facts.dropped } : {}),
    episodes,
    episodeLength: episodes > 0 ? sums[1]! / episodes : null,
    agents,
    policies: Object.fromEntries(plan.policies.map(({ policyId }, p) => [policyId, updates[plan.unitOf[p]!]!.metrics])),
    throughput: {
      agentStepsPerSecond: plan.agentStepsPerIteration / iterationSeconds,
      collectAgentStepsPerSecond: collect === null ? null : collectRate(plan, collect, facts.actors),
    },
    seconds: {
      iteration: iterationSeconds,
      environment: collect?.environment ?? null,
      policy: collect?.policy ?? null,
      transfer: (collect?.transfer ?? 0) + updates.reduce((sum, update) => sum + update.seconds.transfer, 0),
      update: updates.reduce((sum, update) => sum + update.seconds.update, 0),
      waiting: facts.waitingSeconds,
    },
  };
}

function collectRate(plan: JobPlan, { environment, policy, transfer }: WorkSeconds, actors: number): number {
  const seconds = environment + policy + transfer;
  return seconds > 0 ? (plan.agentStepsPerIteration / seconds) * Math.max(1, actors) : 0;
}

/** The rewards of an agent added up per head over all steps of the batches: f64[H]. */
export function rewardSums(batches: readonly TrajectoryBatch[], agent: number, heads: number): Float64Array {
  const sums = new Float64Array(heads);
  for (const batch of batches) addHeads(batch.agents[agent]!.reward, sums);
  return sums;
}

/** Adds the rewards f32[T, B, H] of a batch to sums f64[H]. */
function addHeads(rewards: Float32Array, sums: Float64Array): void {
  const H = sums.length;
  for (let row = 0; row < rewards.length; row += H) {
    for (let h = 0; h < H; h++) sums[h]! += rewards[row + h]!;
  }
}
