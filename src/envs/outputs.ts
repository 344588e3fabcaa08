import { elementSize, maskSize, type Space } from '../spaces/index.js';
import { envError } from './errors.js';
import type { AgentSpec, Environment } from './port.js';

/** What an environment wrote, over one step or over many: arrays are [T, B, …], their lengths say how many steps T. */
export interface EnvironmentOutputs {
  /** f32[T, B, F] per agent. */
  readonly observation: readonly Float32Array[];
  /** f32[T, B, H] per agent. */
  readonly reward: readonly Float32Array[];
  /** u8[T, B, M] per agent; empty where the agent is not masked. */
  readonly actionMask: readonly Uint8Array[];
  /** f32[T, B, G]; empty where there is none. */
  readonly globalState: Float32Array;
}

/** Throws ENV_OUTPUT_INVALID, naming environment, agent, step, instance, element and value, where an observation, a reward
 *  or the global state is not finite, or where a mask leaves no choice. Costs one pass over the arrays. */
export function assertOutputs(
  environmentId: string,
  environment: Environment,
  outputs: EnvironmentOutputs,
  instances: number,
): void {
  const { agents, rewardHeads } = environment;
  const context = { environment: environmentId, instances };
  agents.forEach((agent, i) => {
    const features = elementSize(agent.observationSpace);
    assertFiniteArray({ ...context, agent: agent.id, what: 'observation' }, outputs.observation[i], features);
    assertFiniteArray({ ...context, agent: agent.id, what: 'reward' }, outputs.reward[i], rewardHeads?.length ?? 1);
    if (agent.masked) assertMask(context, agent, outputs.actionMask[i]);
  });
  if (environment.globalState !== undefined) {
    assertFiniteArray({ ...context, what: 'globalState' }, outputs.globalState, elementSize(environment.globalState));
  }
}

interface Place {
  readonly environment: string;
  readonly instances: number;
  readonly agent?: string;
  readonly what: string;
}

function assertFiniteArray({ instances, ...place }: Place, values: Float32Array, width: number): void {
  let sum = 0;
  // x − x is 0, or NaN where x is not finite: one branch-free pass finds out whether there is anything to name.
  for (let j = 0; j < values.length; j++) sum += values[j] - values[j];
  if (sum === 0) return;
  const j = values.findIndex((value) => !Number.isFinite(value));
  const row = Math.floor(j / width);
  const where = { step: Math.floor(row / instances), instance: row % instances, element: j % width };
  const agent = place.agent === undefined ? '' : ` of agent "${place.agent}"`;
  throw envError(
    'ENV_OUTPUT_INVALID',
    `environment "${place.environment}": ${place.what}${agent}, instance ${where.instance}, element ${where.element} is ` +
      `${values[j]} (step ${where.step} of those checked); it must be finite: bound the actions or the dynamics`,
    { data: { ...place, ...where, value: String(values[j]) } },
  );
}

function assertMask(context: { environment: string; instances: number }, agent: AgentSpec, mask: Uint8Array): void {
  const width = maskSize(agent.actionSpace);
  const groups = choiceGroups(agent.actionSpace);
  for (let offset = 0; offset < mask.length; offset += width) {
    let at = offset;
    for (let group = 0; group < groups.length; group++) {
      const end = at + groups[group];
      let legal = 0;
      for (; at < end; at++) legal |= mask[at];
      if (legal !== 0) continue;
      const row = offset / width;
      const where = { step: Math.floor(row / context.instances), instance: row % context.instances, element: group };
      throw envError(
        'ENV_OUTPUT_INVALID',
        `environment "${context.environment}": action mask of agent "${agent.id}", instance ${where.instance}, has no legal ` +
          `choice for decision ${group}; leave at least one, for example "do nothing"`,
        { data: { environment: context.environment, agent: agent.id, what: 'actionMask', ...where } },
      );
    }
  }
}

/** How many mask entries belong to each decision of an action, in the order of the mask. */
export function choiceGroups(space: Space): readonly number[] {
  switch (space.kind) {
    case 'box':
    case 'composite':
      return [];
    case 'discrete':
      return [space.count];
    case 'multiDiscrete':
      return space.counts;
    case 'binary':
      return new Array<number>(space.size).fill(2);
    case 'hierarchical':
      return space.levels.flatMap((level) => choiceGroups(level.space));
  }
}
