import { type BoxSpace, boundOf, box, elementSize } from '../spaces/index.js';
import type { AgentSpec, Environment, EnvironmentBatch } from './port.js';

/** What agents of one policy see of themselves behind their observation: for agent i of n a 1 in place i, and n − 1 zeros. Nothing for
 *  an agent that is in none of the groups, or in one by itself. */
export function agentIdentities(
  agents: readonly Pick<AgentSpec, 'id'>[],
  groups: readonly (readonly string[])[],
): readonly (readonly number[])[] {
  return agents.map(({ id }) => {
    const group = groups.find((members) => members.includes(id)) ?? [];
    return group.length < 2 ? [] : group.map((member) => (member === id ? 1 : 0));
  });
}

/** The environment with these numbers behind each agent's observation; the same environment where there are none. What it does, and
 *  what it remembers, stays as it is. */
export function withAgentIds(environment: Environment, identities: readonly (readonly number[])[]): Environment {
  if (identities.every((identity) => identity.length === 0)) return environment;
  const sizes = environment.agents.map((agent) => elementSize(agent.observationSpace));
  const agents = environment.agents.map((agent, i) => ({
    ...agent,
    observationSpace: extended(agent.observationSpace, identities[i]!.length),
  }));
  const seen = new WeakMap<EnvironmentBatch, EnvironmentBatch>();

  /** The batch as the environment knows it: with observations of its own where they are longer outside. All else is looked up in the
   *  outer one, whose arrays are other ones at every step. */
  const inner = (batch: EnvironmentBatch): EnvironmentBatch => {
    let known = seen.get(batch);
    if (known === undefined) {
      const observation = sizes.map((size) => new Float32Array(batch.instances * size));
      known = Object.create(batch, {
        agents: { value: environment.agents },
        observation: { value: observation },
      }) as EnvironmentBatch;
      seen.set(batch, known);
    }
    const observation = known.observation as Float32Array[];
    for (let i = 0; i < sizes.length; i++) if (identities[i]!.length === 0) observation[i] = batch.observation[i]!;
    return known;
  };

  /** Copies what instance b sees, and adds who it is that sees it. */
  const show = (from: EnvironmentBatch, batch: EnvironmentBatch, b: number): void => {
    for (let i = 0; i < sizes.length; i++) {
      const identity = identities[i]!;
      if (identity.length === 0) continue;
      const size = sizes[i]!;
      const source = from.observation[i]!;
      const target = batch.observation[i]!;
      const at = b * (size + identity.length);
      for (let j = 0; j < size; j++) target[at + j] = source[b * size + j]!;
      for (let j = 0; j < identity.length; j++) target[at + size + j] = identity[j]!;
    }
  };

  const { profiles } = environment;
  return {
    ...environment,
    agents,
    ...(profiles === undefined
      ? {}
      : {
          profiles: profiles.map((profile) => {
            const identity = identities[agents.findIndex(({ id }) => id === profile.agent)]!;
            return { ...profile, observations: profile.observations.map((row) => [...row, ...identity]) };
          }),
        }),
    reset(batch, instances, count, random) {
      const own = inner(batch);
      environment.reset(own, instances, count, random);
      for (let k = 0; k < count; k++) show(own, batch, instances[k]!);
    },
    step(batch, random) {
      const own = inner(batch);
      environment.step(own, random);
      for (let b = 0; b < batch.instances; b++) show(own, batch, b);
    },
  };
}

/** A box with `count` more elements from 0 to 1. */
function extended(space: BoxSpace, count: number): BoxSpace {
  if (count === 0) return space;
  const size = elementSize(space);
  const elements = Array.from({ length: size }, (_, j) => j);
  const ofIdentity = (bound: number): number[] => new Array<number>(count).fill(bound);
  const low = elements.map((j) => boundOf(space, 'low', j) ?? Number.NEGATIVE_INFINITY);
  const high = elements.map((j) => boundOf(space, 'high', j) ?? Number.POSITIVE_INFINITY);
  return box(size + count, {
    ...(space.low === undefined ? {} : { low: [...low, ...ofIdentity(0)] }),
    ...(space.high === undefined ? {} : { high: [...high, ...ofIdentity(1)] }),
  });
}
