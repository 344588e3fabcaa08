import { nearestName } from '../base/index.js';
import {
  type Bound,
  type BoxSpace,
  boundOf,
  elementSize,
  type HierarchicalSpace,
  type Space,
} from '../spaces/index.js';
import { policyError } from './errors.js';

/** `independent`: one policy each, named as the agent. `shared`: one for all, named "shared". Else agent id → policy id. */
export type PolicyMapping = 'independent' | 'shared' | Readonly<Record<string, string>>;

/** What the mapping needs to know of an agent. */
export interface AgentSpaces {
  readonly id: string;
  readonly observationSpace: BoxSpace;
  readonly actionSpace: Space;
  readonly masked?: boolean;
}

export interface MappedPolicy {
  readonly policyId: string;
  /** In the environment's order; never empty. */
  readonly agentIds: readonly string[];
}

/** The policies of a job, in the order of their first agents. Throws POLICY_AGENT_UNKNOWN, POLICY_AGENT_UNMAPPED, and
 *  POLICY_SPACES_DIFFER where agents of one policy differ in observation space, action space or masking. */
export function resolvePolicyMapping(agents: readonly AgentSpaces[], mapping: PolicyMapping): readonly MappedPolicy[] {
  if (typeof mapping === 'object') assertNamesEveryAgent(agents, mapping);
  const groups = new Map<string, AgentSpaces[]>();
  for (const agent of agents) {
    const policyId = mapping === 'independent' ? agent.id : mapping === 'shared' ? 'shared' : mapping[agent.id]!;
    const group = groups.get(policyId);
    if (group === undefined) {
      groups.set(policyId, [agent]);
    } else {
      assertAlike(policyId, group[0]!, agent);
      group.push(agent);
    }
  }
  return [...groups].map(([policyId, group]) => ({ policyId, agentIds: group.map((agent) => agent.id) }));
}

function assertNamesEveryAgent(agents: readonly AgentSpaces[], mapping: Readonly<Record<string, string>>): void {
  const ids = agents.map((agent) => agent.id);
  const known = new Set(ids);
  const unknown = Object.keys(mapping).filter((id) => !known.has(id));
  if (unknown.length > 0) {
    const named = unknown.map((id) => {
      const nearest = nearestName(id, ids);
      return nearest === undefined ? `"${id}"` : `"${id}" (did you mean "${nearest}"?)`;
    });
    throw policyError(
      'POLICY_AGENT_UNKNOWN',
      `The environment has no agent ${named.join(', ')}. It has ${list(ids)}.`,
      {
        data: { unknown, agents: ids },
      },
    );
  }
  // Own properties only: an agent may be called "constructor".
  const unmapped = ids.filter((id) => !Object.hasOwn(mapping, id));
  if (unmapped.length > 0) {
    throw policyError(
      'POLICY_AGENT_UNMAPPED',
      `The policy mapping names no policy for ${list(unmapped)}. Add one for each.`,
      {
        data: { unmapped },
      },
    );
  }
}

function assertAlike(policyId: string, first: AgentSpaces, other: AgentSpaces): void {
  const difference =
    spaceDifference('observation space', first.observationSpace, other.observationSpace) ??
    spaceDifference('action space', first.actionSpace, other.actionSpace) ??
    ((first.masked ?? false) === (other.masked ?? false) ? undefined : 'action masks: one has them, the other has not');
  if (difference === undefined) return;
  throw policyError(
    'POLICY_SPACES_DIFFER',
    `Agents "${first.id}" and "${other.id}" share policy "${policyId}" but differ in ${difference}. Map them to different policies.`,
    { data: { policyId, agents: [first.id, other.id] } },
  );
}

function spaceDifference(name: string, a: Space, b: Space): string | undefined {
  const differ = (what: string, inA: unknown, inB: unknown): string => `${name}: ${what} ${inA} and ${inB}`;
  if (a.kind === 'box' && b.kind === 'box') {
    if (a.shape.join() !== b.shape.join()) return differ('shape', `[${a.shape}]`, `[${b.shape}]`);
    for (let j = 0; j < elementSize(a); j++) {
      for (const side of ['low', 'high'] as const) {
        const none = side === 'low' ? -Infinity : Infinity;
        const [inA, inB] = [a, b].map((space) => describeBound(boundOf(space, side, j) ?? none));
        if (inA !== inB) return differ(`${side} of element ${j}`, inA, inB);
      }
    }
    return undefined;
  }
  if (a.kind === 'discrete' && b.kind === 'discrete') {
    return a.count === b.count ? undefined : differ('count', a.count, b.count);
  }
  if (a.kind === 'multiDiscrete' && b.kind === 'multiDiscrete') {
    return a.counts.join() === b.counts.join() ? undefined : differ('counts', `[${a.counts}]`, `[${b.counts}]`);
  }
  if (a.kind === 'binary' && b.kind === 'binary') {
    return a.size === b.size ? undefined : differ('size', a.size, b.size);
  }
  if (a.kind === 'hierarchical' && b.kind === 'hierarchical') return levelDifference(name, a, b);
  if (a.kind === 'composite' && b.kind === 'composite') {
    if (a.side !== b.side) return differ('side', a.side, b.side);
    const [inA, inB] = [describeBound(a.reservation), describeBound(b.reservation)];
    return inA === inB ? undefined : differ('reservation', inA, inB);
  }
  return differ('kind', a.kind, b.kind);
}

function levelDifference(name: string, a: HierarchicalSpace, b: HierarchicalSpace): string | undefined {
  const names = (space: HierarchicalSpace): string => `[${space.levels.map((level) => level.name).join(', ')}]`;
  if (names(a) !== names(b)) return `${name}: levels ${names(a)} and ${names(b)}`;
  for (const [l, level] of a.levels.entries()) {
    const other = b.levels[l]!;
    const where = `${name}, level "${level.name}"`;
    const difference = spaceDifference(where, level.space, other.space);
    if (difference !== undefined) return difference;
    for (const field of ['when', 'reward'] as const) {
      const [inA, inB] = [JSON.stringify(level[field]), JSON.stringify(other[field])];
      if (inA !== inB) return `${where}: ${field} ${inA ?? 'none'} and ${inB ?? 'none'}`;
    }
  }
  return undefined;
}

const describeBound = (bound: Bound): string =>
  typeof bound === 'object' ? `element ${bound.observation} of the observation` : String(bound);

/** Ids for a message: all of a few, the first of many. */
function list(ids: readonly string[]): string {
  const shown = ids.slice(0, 8).map((id) => `"${id}"`);
  return ids.length > shown.length ? `${shown.join(', ')} and ${ids.length - shown.length} more` : shown.join(', ');
}
