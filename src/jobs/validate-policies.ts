import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { AgentSpec, Environment } from '../envs/index.js';
import { type MappedPolicy, resolvePolicyMapping } from '../policies/mapping.js';
import { algorithmDistribution } from './algorithm-distribution.js';
import { conform } from './conform.js';
import { type Fault, join, listNames, problem, unknownName, wrongValue } from './faults.js';
import { EVERY_POLICY, mergeAlgorithm, overrideLayers } from './layers.js';
import { algorithmLayers, atItsLayer, type PlacedLayer } from './placed-layers.js';
import { resolvePolicySpec } from './resolve.js';
import { closedOptions } from './schema-parts.js';
import type { JobSpec } from './spec.js';
import { validateInputs } from './validate-inputs.js';
import {
  distributionProblem,
  unlearnedDistribution,
  validateLevelNames,
  validateLevelOptions,
} from './validate-levels.js';
import { validateMemory } from './validate-memory.js';
import { validateNetworks } from './validate-networks.js';
import { namesPeer, validatePeer } from './validate-peers.js';

interface AlgorithmSettings {
  id: string;
  options: Record<string, unknown>;
}

interface PolicyChecks {
  /** Absent when the job's own algorithm has a fault already: what builds on it cannot be judged. */
  readonly algorithms: readonly AlgorithmDefinition[] | undefined;
  readonly environment: Environment | undefined;
  readonly mappingIsSound: boolean;
  /** The ids in `spec.policies` whose settings have no fault of form. */
  readonly policies: readonly string[];
  readonly faults: Fault[];
}

/** Checks mapping, algorithms, networks and distributions of every policy, and writes the complete algorithm settings into each
 *  layer that names any. Reports each fault once, where it is written, however many policies it concerns. */
export function validatePolicies(written: JobSpec, checks: PolicyChecks): void {
  const { algorithms, environment, faults } = checks;
  const found: Fault[] = [];
  const mapped =
    environment === undefined || !checks.mappingIsSound ? undefined : validateMapping(written, environment, found);
  const spec = { ...written, policies: Object.fromEntries(checks.policies.map((id) => [id, written.policies[id]!])) };
  if (mapped !== undefined) validatePolicyNames(spec, mapped, found);
  const agents = new Map(environment?.agents.map((agent) => [agent.id, agent]));
  const actingBy = new Map(mapped?.map((policy) => [policy.policyId, policy.agentIds.map((id) => agents.get(id)!)]));
  if (mapped !== undefined) {
    validateLevelNames(spec, (policyId) => actingBy.get(policyId), environment?.agents ?? [], found);
  }
  const named = new Set([...checks.policies, ...actingBy.keys()]);
  const complete = new Map<string, AlgorithmSettings | undefined>();
  const base =
    algorithms === undefined
      ? undefined
      : validateAlgorithm([{ pointer: '/algorithm', layer: spec.algorithm }], algorithms, found);
  const alike = new Set<string>();
  for (const policyId of named) {
    const own = actingBy.get(policyId) ?? [];
    if (!Object.hasOwn(spec.policies, policyId)) {
      // Policies without settings of their own differ by their agents' spaces only: one of each kind stands for all,
      // unless the settings are about other policies.
      const kind = JSON.stringify(
        own.map(({ observationSpace: { shape }, actionSpace, masked }) => [shape, actionSpace, masked]),
      );
      const key = namesPeer(spec, policyId, algorithms) ? policyId : kind;
      if (alike.has(key)) continue;
      alike.add(key);
    }
    const layers = algorithmLayers(spec, policyId);
    const settings = algorithms === undefined ? undefined : validateAlgorithm(layers, algorithms, found, own);
    if (settings !== undefined) {
      const { levelNetworks } = resolvePolicySpec(spec, policyId);
      validateLevelOptions(settings.options, levelNetworks, (...at) => levelPointer(layers, ...at), found);
    }
    complete.set(policyId, settings);
    const definition = algorithms?.find((entry) => entry.id === settings?.id);
    if (settings !== undefined) validateGlobalState(settings, layers, definition, environment, found);
    if (settings !== undefined && actingBy.has(policyId)) {
      validatePeer(policyId, settings.options, [...actingBy.keys()], definition, layers, found);
    }
    validateDistribution(spec, policyId, own, definition, found);
    validateInputs(spec, policyId, own, definition, found);
    validateMemory(spec, policyId, own, definition, algorithms ?? [], found);
    validateNetworks(spec, policyId, own, definition, found);
  }
  const seen = new Set<string>();
  for (const fault of found) {
    const key = `${fault.pointer} ${fault.found} ${fault.allowed}`;
    if (!seen.has(key)) faults.push(fault);
    seen.add(key);
  }
  if (base !== undefined) written.algorithm = base;
  for (const [policyId, { algorithm }] of Object.entries(spec.policies)) {
    const settings = complete.get(policyId);
    if (algorithm !== undefined && settings !== undefined) written.policies[policyId]!.algorithm = settings;
  }
}

function validateMapping(
  spec: JobSpec,
  environment: Environment,
  faults: Fault[],
): readonly MappedPolicy[] | undefined {
  const mapping = spec.policyMapping;
  const before = faults.length;
  if (typeof mapping === 'object') {
    const agentIds = environment.agents.map((agent) => agent.id);
    for (const [agentId, policyId] of Object.entries(mapping)) {
      if (!agentIds.includes(agentId))
        faults.push(unknownName(join('/policyMapping', agentId), agentId, policyId, 'agent', agentIds));
    }
    for (const agentId of agentIds) {
      if (!Object.hasOwn(mapping, agentId))
        faults.push(wrongValue(join('/policyMapping', agentId), undefined, 'the id of a policy'));
    }
  }
  if (faults.length > before) return undefined;
  try {
    return resolvePolicyMapping(environment.agents, mapping);
  } catch (error) {
    faults.push(
      problem('/policyMapping', mapping, 'a mapping that fits the environment', `does not fit: ${messageOf(error)}`),
    );
    return undefined;
  }
}

function validatePolicyNames(spec: JobSpec, mapped: readonly MappedPolicy[], faults: Fault[]): void {
  const names = [EVERY_POLICY, ...mapped.map((policy) => policy.policyId)];
  const known = new Set(names);
  for (const [policyId, settings] of Object.entries(spec.policies)) {
    if (!known.has(policyId))
      faults.push(unknownName(join('/policies', policyId), policyId, settings, 'policy', names));
  }
}

/** The complete settings that the layers make, or undefined if there is a fault. */
function validateAlgorithm(
  layers: readonly PlacedLayer[],
  algorithms: readonly AlgorithmDefinition[],
  faults: Fault[],
  agents: readonly AgentSpec[] = [],
): AlgorithmSettings | undefined {
  const { id, options } = mergeAlgorithm(layers.map(({ layer }) => layer));
  const idPointer = `${layers.findLast(({ layer }) => layer.id !== undefined)?.pointer ?? '/algorithm'}/id`;
  const definition = algorithms.find((algorithm) => algorithm.id === id);
  if (definition === undefined) {
    const ids = algorithms.map((algorithm) => algorithm.id);
    faults.push(wrongValue(idPointer, id, listNames(ids.map((known) => JSON.stringify(known))), ids));
    return undefined;
  }
  const own: Fault[] = [];
  const filled = conform(closedOptions(definition.options), options, '', own);
  for (const fault of own) faults.push(atItsLayer(fault, layers));
  const { actionSpaces } = definition.capabilities;
  const unfit = agents.filter((agent) => !actionSpaces.includes(agent.actionSpace.kind));
  if (unfit.length > 0) {
    const others = algorithms.filter((other) =>
      unfit.every((agent) => other.capabilities.actionSpaces.includes(agent.actionSpace.kind)),
    );
    const allowed =
      others.length === 0 ? 'no algorithm of the catalog' : listNames(others.map((other) => JSON.stringify(other.id)));
    const who = listNames(
      unfit.map((agent) => `${agent.id} (${agent.actionSpace.kind})`),
      'and',
    );
    faults.push(
      problem(
        idPointer,
        id,
        allowed,
        `is "${id}", which learns ${listNames(actionSpaces, 'and')} actions only, not those of ${who}; it must be ${allowed}`,
      ),
    );
  }
  return own.length === 0 && unfit.length === 0 ? { id, options: filled as Record<string, unknown> } : undefined;
}

/** Refuses critics that want to see a global state where the environment has none. */
function validateGlobalState(
  { options }: AlgorithmSettings,
  layers: readonly PlacedLayer[],
  definition: AlgorithmDefinition | undefined,
  environment: Environment | undefined,
  faults: Fault[],
): void {
  const option = definition?.globalStateOption;
  if (option === undefined || options[option] !== 'globalState') return;
  if (environment === undefined || environment.globalState !== undefined) return;
  const why = 'is "globalState", which the environment has not; choose another';
  const fault = problem(join('', option), 'globalState', 'what does not need a global state', why);
  faults.push(atItsLayer(fault, layers));
}

/** Where the highest layer that sets any of these options of a level sets it. */
function levelPointer(layers: readonly PlacedLayer[], level: string, options: readonly string[]): string {
  const layer = layers.findLast((candidate) => {
    const levels = Object(candidate.layer.options?.levels) as Readonly<Record<string, unknown>>;
    return Object.hasOwn(levels, level) && options.some((option) => Object.hasOwn(Object(levels[level]), option));
  });
  return join(`${layer?.pointer ?? '/algorithm'}/options/levels`, level);
}

function validateDistribution(
  spec: JobSpec,
  policyId: string,
  agents: readonly AgentSpec[],
  algorithm: AlgorithmDefinition | undefined,
  faults: Fault[],
): void {
  const { distribution, levels } = resolvePolicySpec(spec, policyId);
  const { initialLogStd, logStdBounds } = distribution;
  const [low, high] = logStdBounds;
  const at = (field: string): string => {
    const own = overrideLayers(spec, policyId);
    const isOwn =
      Object.hasOwn(own[own.length - 1]?.distribution ?? {}, field) && Object.hasOwn(spec.policies, policyId);
    return `${join('/policies', isOwn ? policyId : EVERY_POLICY)}/distribution/${field}`;
  };
  if (!(low < high)) {
    faults.push(
      problem(
        at('logStdBounds'),
        logStdBounds,
        'two numbers in ascending order',
        `is [${low}, ${high}], but must be ascending`,
      ),
    );
  } else if (initialLogStd < low || initialLogStd > high) {
    const allowed = `a number within logStdBounds, from ${low} to ${high}`;
    faults.push(problem(at('initialLogStd'), initialLogStd, allowed, `is ${initialLogStd}, but must be ${allowed}`));
  } else {
    const law = algorithmDistribution(distribution, algorithm?.capabilities, agents[0]?.actionSpace);
    const { kind } = law;
    const unlearned = algorithm === undefined ? undefined : unlearnedDistribution(algorithm, kind, levels);
    if (unlearned !== undefined) {
      const { level, value, allowed } = unlearned;
      const pointer =
        level === null
          ? at('kind')
          : `${join('/policies', levelLayer(spec, policyId, level))}/levels/${level}/distribution/kind`;
      faults.push(problem(pointer, value, allowed, `is "${value}", but must be ${allowed}`));
      return;
    }
    const std = algorithm?.capabilities.std;
    if (std !== undefined && law.std !== std) {
      const allowed = `"${std}", the only one that ${algorithm!.id} learns`;
      faults.push(problem(at('std'), law.std, allowed, `is "${law.std}", but must be ${allowed}`));
      return;
    }
    for (const agent of agents) {
      const found = distributionProblem(agent, { distribution: law, levels });
      if (found === undefined) continue;
      const { level } = found;
      const ofLevel = level !== null && levels[level]?.distribution !== undefined;
      const pointer = ofLevel
        ? `${join('/policies', levelLayer(spec, policyId, level))}/levels/${level}/distribution`
        : at('kind');
      const allowed = 'a distribution that fits the action space';
      const value = ofLevel ? levels[level]!.distribution : distribution.kind;
      faults.push(problem(pointer, value, allowed, `does not fit: ${messageOf(found.error)}`));
      return;
    }
  }
}

/** The layer of settings that says anything about a level's distribution: the policy's own, or that of all policies. */
const levelLayer = (spec: JobSpec, policyId: string, level: string): string =>
  spec.policies[policyId]?.levels?.[level]?.distribution === undefined ? EVERY_POLICY : policyId;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
