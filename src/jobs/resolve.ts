import type { Environment } from '../envs/index.js';
import type { NetworkSpec } from '../networks/spec.js';
import { resolvePolicyMapping } from '../policies/mapping.js';
import { PolicySpec, valueShapeOf } from '../policies/spec.js';
import { conform } from './conform.js';
import { jobSpecError } from './errors.js';
import type { Fault } from './faults.js';
import { EVERY_POLICY, merge, mergeAlgorithm, overrideLayers } from './layers.js';
import type { JobSpec } from './spec.js';

/** One policy of a job with everything that training needs to know of it. */
export interface ResolvedPolicy {
  readonly policyId: string;
  /** The agents that act by it, in the environment's order. */
  readonly agentIds: readonly string[];
  readonly policySpec: PolicySpec;
  readonly algorithm: { readonly id: string; readonly options: Readonly<Record<string, unknown>> };
  /** Where its first weights come from, if not from the seed. */
  readonly initial?: InitialWeights;
}

/** Weights of a checkpoint of another job. */
export interface InitialWeights {
  readonly job: string;
  readonly iteration: number;
  readonly policy: string;
}

/** The policies of a resolved spec in the environment, in the order of their first agents: defaults, then the settings under
 *  "*", then the policy's own. Throws what `resolvePolicyMapping` throws, and JOB_SPEC_INVALID for a spec not validated. */
export function resolvePolicies(spec: JobSpec, environment: Pick<Environment, 'agents'>): ResolvedPolicy[] {
  const shapeOf = new Map(environment.agents.map(({ id, observationSpace }) => [id, observationSpace.shape]));
  // Of a thousand policies few have settings of their own, and filling in takes as long as many steps: it is done once for the rest.
  let common: PolicySpec | undefined;
  const settingsOf = (policyId: string): PolicySpec => {
    if (Object.hasOwn(spec.policies, policyId)) return resolvePolicySpec(spec, policyId);
    common ??= resolvePolicySpec(spec, EVERY_POLICY);
    return common;
  };
  return resolvePolicyMapping(environment.agents, spec.policyMapping).map(({ policyId, agentIds }) => {
    const layers = overrideLayers(spec, policyId);
    const initial = layers.findLast((layer) => layer.initial !== undefined)?.initial;
    return {
      ...(initial === undefined ? {} : { initial: { ...initial, policy: initial.policy ?? policyId } }),
      policyId,
      agentIds,
      policySpec: withInputs(settingsOf(policyId), shapeOf.get(agentIds[0]!) ?? [1]),
      algorithm: mergeAlgorithm([spec.algorithm, ...layers.map((layer) => layer.algorithm)]),
    };
  });
}

/** Layers that name no inputs work on the whole observation, in its shape. */
function withInputs(policy: PolicySpec, shape: readonly number[]): PolicySpec {
  const complete = (network: NetworkSpec): NetworkSpec =>
    network.kind === 'layers' ? { inputs: wholeObservation(shape), ...network } : network;
  const { network, valueNetwork } = policy;
  return {
    ...policy,
    network: complete(network),
    ...(valueNetwork === undefined ? {} : { valueNetwork: complete(valueNetwork) }),
  };
}

/** The inputs of a description that names none. */
export const wholeObservation = (shape: readonly number[]) => ({ observation: { offset: 0, shape: [...shape] } });

/** Network, value network and distribution of a policy (or of "*"), filled in. A value network that is set in part takes its
 *  shape from `network` where it does not set it. */
export function resolvePolicySpec(spec: JobSpec, policyId: string): PolicySpec {
  const written = overrideLayers(spec, policyId).reduce<unknown>(
    (below, { algorithm: _, ...layer }) => merge(below, layer),
    {},
  );
  const settings = written as Readonly<Record<string, unknown>>;
  const faults: Fault[] = [];
  const filled = conform(
    PolicySpec,
    {
      network: settings.network ?? {},
      distribution: settings.distribution ?? {},
      levelNetworks: settings.levelNetworks,
      levels: settings.levels ?? {},
    },
    '',
    faults,
  ) as PolicySpec;
  const { valueNetwork: _, ...policy } = filled;
  if (settings.valueNetwork === undefined) {
    if (faults.length > 0) throw jobSpecError(faults);
    return policy;
  }
  const inherited = inheritedByValue(policy.network, settings.valueNetwork);
  const withValue = { ...policy, valueNetwork: merge(inherited, settings.valueNetwork) };
  const result = conform(PolicySpec, withValue, '', faults) as PolicySpec;
  if (faults.length > 0) throw jobSpecError(faults);
  return result;
}

/** What a value network takes from its policy's. One that names the widths of dense layers has dense layers, whatever the policy has. */
function inheritedByValue(network: PolicySpec['network'], written: unknown): object {
  const shape = valueShapeOf(network);
  const { kind, hidden } = written as { readonly kind?: unknown; readonly hidden?: unknown };
  if (shape.kind !== 'layers' || kind !== undefined || hidden === undefined) return shape;
  const { layers: _, inputs: __, ...dense } = shape;
  return { ...dense, kind: 'mlp' };
}
