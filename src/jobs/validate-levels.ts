import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { AgentSpec } from '../envs/index.js';
import { createDistribution, levelDistributions } from '../policies/distributions/index.js';
import { type PolicySpec, SCHEDULED_DISTRIBUTIONS } from '../policies/spec.js';
import { type Fault, join, listNames, problem, unknownName } from './faults.js';
import type { JobSpec } from './spec.js';

type Plain = Readonly<Record<string, unknown>>;

/** Level names of these agents' hierarchical actions. */
const levelNames = (agents: readonly AgentSpec[]): readonly string[] => [
  ...new Set(
    agents.flatMap(({ actionSpace }) =>
      actionSpace.kind === 'hierarchical' ? actionSpace.levels.map((level) => level.name) : [],
    ),
  ),
];

/** Checks that settings by level name levels that exist: those of a policy its own agents', others anybody's. */
export function validateLevelNames(
  spec: JobSpec,
  agentsOf: (policyId: string) => readonly AgentSpec[] | undefined,
  everyone: readonly AgentSpec[],
  faults: Fault[],
): void {
  const check = (pointer: string, levels: unknown, agents: readonly AgentSpec[]): void => {
    if (typeof levels !== 'object' || levels === null) return;
    const known = levelNames(agents);
    for (const [name, settings] of Object.entries(levels)) {
      if (!known.includes(name)) faults.push(unknownName(join(pointer, name), name, settings, 'level', known));
    }
  };
  // What holds them may have faults of its own, and be anything.
  check('/algorithm/options/levels', spec.algorithm?.options?.levels, everyone);
  for (const [policyId, settings] of Object.entries(spec.policies ?? {})) {
    const agents = agentsOf(policyId) ?? everyone;
    const at = join('/policies', policyId);
    check(`${at}/levels`, settings?.levels, agents);
    check(`${at}/algorithm/options/levels`, settings?.algorithm?.options?.levels, agents);
  }
}

/** Checks what an algorithm is told by level against how the levels are paid and built. `pointerOf` is where some options of a level
 *  are written. */
export function validateLevelOptions(
  options: Plain,
  levelNetworks: PolicySpec['levelNetworks'],
  pointerOf: (level: string, options: readonly string[]) => string,
  faults: Fault[],
): void {
  const levels = (options.levels ?? {}) as Readonly<Record<string, Plain>>;
  for (const [name, settings] of Object.entries(levels)) {
    const paid = Object.keys(settings).filter((option) => option !== 'learningRate');
    if (options.credit === 'shared' && paid.length > 0) {
      const allowed = 'options of decoupled credit';
      const message = `sets ${listNames(paid, 'and')}, but with credit "shared" all levels are paid together; use "decoupled", or set it for all`;
      faults.push(problem(pointerOf(name, paid), settings, allowed, message));
    }
    if (settings.learningRate !== undefined && levelNetworks === 'shared') {
      const allowed = 'a level with a network of its own';
      const message = `is set, but the levels share one network and one optimizer; set the policy's levelNetworks to "separate"`;
      const pointer = join(pointerOf(name, ['learningRate']), 'learningRate');
      faults.push(problem(pointer, settings.learningRate, allowed, message));
    }
  }
}

/** The first distribution, the policy's own or that of a level, that the algorithm does not learn: a law whose exploration follows a
 *  schedule needs the algorithm that has the schedule, and such an algorithm needs its law. */
export function unlearnedDistribution(
  { id, capabilities }: AlgorithmDefinition,
  kind: PolicySpec['distribution']['kind'],
  levels: PolicySpec['levels'],
): { readonly level: string | null; readonly value: string; readonly allowed: string } | undefined {
  const { distribution: own, distributions } = capabilities;
  if (distributions !== undefined) {
    if (kind === 'auto' || distributions.includes(kind)) return undefined;
    const names = ['auto', ...distributions].map((name) => `"${name}"`);
    return { level: null, value: kind, allowed: `${listNames(names)}, which ${id} learns` };
  }
  const learns = (other: string): boolean =>
    other === own || ![own, other].some((name) => SCHEDULED_DISTRIBUTIONS.some((scheduled) => scheduled === name));
  const allowed =
    own !== undefined && SCHEDULED_DISTRIBUTIONS.includes(own)
      ? `"auto" or "${own}", the only distribution that ${id} learns`
      : `a distribution that ${id} learns, which "${SCHEDULED_DISTRIBUTIONS.join('" and "')}" are not`;
  if (!learns(kind)) return { level: null, value: kind, allowed };
  for (const [level, { distribution }] of Object.entries(levels)) {
    const value = distribution?.kind;
    if (value !== undefined && value !== 'auto' && !learns(value)) return { level, value, allowed };
  }
  return undefined;
}

/** The first thing that is wrong with the distributions of an agent's action: which setting, and why. */
export function distributionProblem(
  { actionSpace, observationSpace, masked = false }: AgentSpec,
  { distribution, levels }: Pick<PolicySpec, 'distribution' | 'levels'>,
): { readonly level: string | null; readonly error: unknown } | undefined {
  const observationSize = observationSpace.shape.reduce((size, extent) => size * extent, 1);
  let level: string | null = null;
  try {
    if (actionSpace.kind !== 'hierarchical') {
      createDistribution(actionSpace, distribution, masked, 'the action space', observationSize);
      return undefined;
    }
    const laws = levelDistributions(actionSpace, { distribution, levels });
    for (const [l, { name, space }] of actionSpace.levels.entries()) {
      level = name;
      createDistribution(space, laws[l]!, masked, `level "${name}"`, observationSize);
    }
    return undefined;
  } catch (error) {
    return { level, error };
  }
}
