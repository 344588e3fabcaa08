import { createEnvironment, findEnvironment } from '../envs/index.js';
import { policyParameterCount } from '../policies/parameter-count.js';
import { elementSize } from '../spaces/index.js';
import { batchLayout } from './block.js';
import { resolvePolicies } from './resolve.js';
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
  /** Bytes of the weights of one version. */
  readonly weightsBytes: number;
  /** Bytes of batches that the broker holds at most: shards × (lag + 1) of them. */
  readonly bytesInFlight: number;
  readonly envStepsPerIteration: number;
  readonly agentStepsPerIteration: number;
  /** After so many it surely stops; null where only time or a return ends it. */
  readonly iterations: number | null;
  readonly agentSteps: number | null;
}

/** Loads no numeric code. Throws ENV_UNKNOWN, and what making the environment and resolving the policies throws, for a spec that was
 *  not validated with these catalogs. */
export function previewJob(spec: JobSpec, { environments, algorithms }: JobCatalogs): JobPreview {
  const environment = createEnvironment(findEnvironment(environments, spec.env.id), spec.env.options);
  const agentOf = new Map(environment.agents.map((agent) => [agent.id, agent]));
  const policies = resolvePolicies(spec, environment).map(({ policyId, agentIds, policySpec, algorithm }) => {
    const { observationSpace, actionSpace, masked = false } = agentOf.get(agentIds[0]!)!;
    const own = algorithms.find(({ id }) => id === algorithm.id)?.capabilities.distribution;
    const { distribution } = policySpec;
    const shape =
      own === undefined || distribution.kind !== 'auto'
        ? policySpec
        : { ...policySpec, distribution: { ...distribution, kind: own } };
    const actingParameters = policyParameterCount(elementSize(observationSpace), actionSpace, masked, shape);
    return { policyId, agents: agentIds, algorithm: algorithm.id, actingParameters };
  });
  const { rollout, schedule, stop } = spec;
  const envSteps = rollout.shards * rollout.envsPerShard * rollout.horizon;
  const agentSteps = envSteps * environment.agents.length;
  const batchBytes = batchLayout(rollout, environment).denseBytes;
  const iterations = Math.min(stop.iterations ?? Infinity, Math.ceil((stop.agentSteps ?? Infinity) / agentSteps));
  return {
    agents: environment.agents.map(({ id }) => id),
    policies,
    batchBytes,
    weightsBytes: 4 * policies.reduce((sum, { actingParameters }) => sum + actingParameters, 0),
    bytesInFlight: batchBytes * rollout.shards * (schedule.lag + 1),
    envStepsPerIteration: envSteps,
    agentStepsPerIteration: agentSteps,
    iterations: Number.isFinite(iterations) ? iterations : null,
    agentSteps: Number.isFinite(iterations) ? iterations * agentSteps : null,
  };
}
