import { createEnvironment, findEnvironment } from '../envs/index.js';
import { actingParametersOf } from './acting-parameters.js';
import { batchLayout } from './block.js';
import { seenByPolicies } from './environment.js';
import { notesOn } from './notes.js';
import { replaysOf } from './replays.js';
import { resolvePolicies } from './resolve.js';
import { batchesInFlight, scheduleOf } from './schedule.js';
import type { JobSpec } from './spec.js';
import type { JobCatalogs } from './validate.js';

/** What a job will be made of, before anything is made. */
export interface JobPreview {
  readonly agents: readonly string[];
  readonly policies: readonly {
    readonly policyId: string;
    readonly agents: readonly string[];
    readonly algorithm: string;
    /** Parameters that acting needs; what its algorithm learns besides, as a value network, is not counted. */
    readonly actingParameters: number;
  }[];
  /** Bytes of one trajectory batch of one shard; a little more for every episode that ends in it. */
  readonly batchBytes: number;
  /** Bytes of what the learner keeps of the past, for algorithms that learn from it; 0 for the others. */
  readonly replayBytes: number;
  /** Bytes of the weights of one version. */
  readonly weightsBytes: number;
  /** Bytes of batches that the broker holds at most: shards × (lag + 1) of them in lockstep. */
  readonly bytesInFlight: number;
  readonly envStepsPerIteration: number;
  readonly agentStepsPerIteration: number;
  /** After so many it surely stops; null where only time or a return ends it. */
  readonly iterations: number | null;
  readonly agentSteps: number | null;
  /** What whoever launches it should know, for people. */
  readonly notes: readonly string[];
}

/** Loads no numeric code. Throws ENV_UNKNOWN, and what making the environment and resolving the policies throws, for a spec that was
 *  not validated with these catalogs. */
export function previewJob(spec: JobSpec, { environments, algorithms }: JobCatalogs): JobPreview {
  const own = createEnvironment(findEnvironment(environments, spec.env.id), spec.env.options);
  const { environment } = seenByPolicies(spec, own);
  const resolved = resolvePolicies(spec, environment);
  const policies = resolved.map((policy) => ({
    policyId: policy.policyId,
    agents: policy.agentIds,
    algorithm: policy.algorithm.id,
    actingParameters: actingParametersOf(policy, environment, algorithms),
  }));
  const { rollout, stop } = spec;
  const envSteps = scheduleOf(spec).batchesPerIteration * rollout.envsPerShard * rollout.horizon;
  const agentSteps = envSteps * environment.agents.length;
  const batchBytes = batchLayout(rollout, environment, resolved).denseBytes;
  const iterations = Math.min(stop.iterations ?? Infinity, Math.ceil((stop.agentSteps ?? Infinity) / agentSteps));
  return {
    agents: environment.agents.map(({ id }) => id),
    policies,
    batchBytes,
    replayBytes: replaysOf(spec, environment, algorithms).reduce((sum, { bytes }) => sum + bytes, 0),
    weightsBytes: 4 * policies.reduce((sum, { actingParameters }) => sum + actingParameters, 0),
    bytesInFlight: batchBytes * batchesInFlight(spec),
    envStepsPerIteration: envSteps,
    agentStepsPerIteration: agentSteps,
    iterations: Number.isFinite(iterations) ? iterations : null,
    agentSteps: Number.isFinite(iterations) ? iterations * agentSteps : null,
    notes: notesOn(spec, resolved, environment, (algorithm) => algorithms.find(({ id }) => id === algorithm)!),
  };
}
