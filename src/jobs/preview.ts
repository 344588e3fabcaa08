import { createEnvironment, type Environment, findEnvironment } from '../envs/index.js';
import { replayBytes } from '../experience/replay/spec.js';
import { policyParameterCount } from '../policies/parameter-count.js';
import { type BoxSpace, elementSize } from '../spaces/index.js';
import { algorithmDistribution } from './algorithm-distribution.js';
import { batchLayout } from './block.js';
import { seenByPolicies } from './environment.js';
import { resolvePolicies } from './resolve.js';
import { batchesInFlight, scheduleOf } from './schedule.js';
import type { JobSpec } from './spec.js';
import { unitsOf } from './units.js';
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
}

/** Loads no numeric code. Throws ENV_UNKNOWN, and what making the environment and resolving the policies throws, for a spec that was
 *  not validated with these catalogs. */
export function previewJob(spec: JobSpec, { environments, algorithms }: JobCatalogs): JobPreview {
  const own = createEnvironment(findEnvironment(environments, spec.env.id), spec.env.options);
  const { environment } = seenByPolicies(spec, own);
  const agentOf = new Map(environment.agents.map((agent) => [agent.id, agent]));
  const policies = resolvePolicies(spec, environment).map(({ policyId, agentIds, policySpec, algorithm }) => {
    const { observationSpace, actionSpace, masked = false } = agentOf.get(agentIds[0]!)!;
    const { capabilities } = algorithms.find(({ id }) => id === algorithm.id) ?? {};
    const shape = { ...policySpec, distribution: algorithmDistribution(policySpec.distribution, capabilities) };
    const actingParameters = policyParameterCount(elementSize(observationSpace), actionSpace, masked, shape);
    return { policyId, agents: agentIds, algorithm: algorithm.id, actingParameters };
  });
  const { rollout, stop } = spec;
  const envSteps = scheduleOf(spec).batchesPerIteration * rollout.envsPerShard * rollout.horizon;
  const agentSteps = envSteps * environment.agents.length;
  const batchBytes = batchLayout(rollout, environment).denseBytes;
  const iterations = Math.min(stop.iterations ?? Infinity, Math.ceil((stop.agentSteps ?? Infinity) / agentSteps));
  return {
    agents: environment.agents.map(({ id }) => id),
    policies,
    batchBytes,
    replayBytes: replayBytesOf(spec, environment, algorithms),
    weightsBytes: 4 * policies.reduce((sum, { actingParameters }) => sum + actingParameters, 0),
    bytesInFlight: batchBytes * batchesInFlight(spec),
    envStepsPerIteration: envSteps,
    agentStepsPerIteration: agentSteps,
    iterations: Number.isFinite(iterations) ? iterations : null,
    agentSteps: Number.isFinite(iterations) ? iterations * agentSteps : null,
  };
}

function replayBytesOf(spec: JobSpec, environment: Environment, algorithms: JobCatalogs['algorithms']): number {
  const policies = resolvePolicies(spec, environment);
  const definitionOf = (algorithm: string) => algorithms.find(({ id }) => id === algorithm)!;
  const sizeOf = (space: BoxSpace | undefined) => (space === undefined ? 0 : elementSize(space));
  let bytes = 0;
  for (const unit of unitsOf(policies, definitionOf)) {
    const members = unit.policies.map((p) => {
      const { policyId, policySpec, agentIds } = policies[p]!;
      const agents = environment.agents.flatMap(({ id }, agent) => (agentIds.includes(id) ? [agent] : []));
      const { observationSpace, actionSpace, masked = false } = environment.agents[agents[0]!]!;
      return { policyId, spec: policySpec, observationSpace, actionSpace, masked, agents };
    });
    const { algorithm } = policies[unit.policies[0]!]!;
    const replay = definitionOf(algorithm.id).replay?.({
      members,
      globalStateSize: sizeOf(environment.globalState),
      joinedObservationSize: environment.agents.reduce((sum, agent) => sum + sizeOf(agent.observationSpace), 0),
      rewardHeads: environment.rewardHeads ?? ['reward'],
      options: algorithm.options,
    });
    if (replay !== undefined && replay !== null) bytes += replayBytes(replay);
  }
  return bytes;
}
