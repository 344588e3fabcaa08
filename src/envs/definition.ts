import { Value } from 'typebox/value';
import { assertSpace, type BoxSpace, elementSize, maskSize, type Space } from '../spaces/index.js';
import { envError } from './errors.js';
import { type AgentSpec, type Environment, type EnvironmentDefinition, STATE_DTYPES } from './port.js';

const ENVIRONMENT_ID = /^[a-z0-9]+(-[a-z0-9]+)*-v[0-9]+$/;
/** Agents, reward heads and metrics appear in job specs, metric names and file names. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;
/** Not a number: JavaScript would order such keys by value, and saved state is laid out in declaration order. */
const STATE_NAME = /^[a-z][a-zA-Z0-9]{0,63}$/;

function fail(environment: unknown, where: string, problem: string): never {
  failAt(environment, where, `${where}: ${problem}`);
}

/** `message`: the problem, told with the place. */
function failAt(environment: unknown, where: string, message: string, cause?: unknown): never {
  throw envError('ENV_DEFINITION_INVALID', `environment ${JSON.stringify(environment)}, ${message}`, {
    data: { environment, where },
    cause,
  });
}

/** Checks an environment in struct-of-arrays form (see EnvironmentDefinition) and returns it.
 *  Throws ENV_DEFINITION_INVALID; what `create` returns is checked when it is called. */
export function defineBatchedEnvironment<Options>(
  definition: EnvironmentDefinition<Options>,
): EnvironmentDefinition<Options> {
  assertDefinition(definition);
  return definition;
}

/** Throws ENV_DEFINITION_INVALID unless the catalog entry itself is well formed. */
export function assertDefinition(definition: EnvironmentDefinition): void {
  const { id } = definition;
  if (typeof id !== 'string' || !ENVIRONMENT_ID.test(id)) {
    fail(id, 'id', 'must be lower-case words joined by hyphens that end in a version, such as "my-game-v1"');
  }
  if (typeof definition.description !== 'string') fail(id, 'description', 'must be text');
  if (typeof definition.create !== 'function') fail(id, 'create', 'must be a function of the options');
  if (typeof definition.options !== 'object' || definition.options === null) {
    fail(id, 'options', 'must be a TypeBox schema; use Type.Object({}) when there are none');
  }
  const [problem] = Value.Errors(definition.options, Value.Default(definition.options, {}));
  if (problem !== undefined) {
    fail(
      id,
      `options${problem.instancePath}`,
      `the defaults do not fit the schema: ${problem.message}; give each a default`,
    );
  }
}

/** Makes an environment: fills in the options' defaults, checks them against the schema, and checks what is created.
 *  Throws ENV_OPTIONS_INVALID with every fault in `data.faults`, or ENV_DEFINITION_INVALID. */
export function createEnvironment(definition: EnvironmentDefinition, options: unknown = {}): Environment {
  const filled = Value.Default(definition.options, structuredClone(options));
  const faults = Value.Errors(definition.options, filled).map(({ instancePath, message, params }) => {
    const names = 'additionalProperties' in params ? `: ${String(params.additionalProperties)}` : '';
    return { pointer: instancePath, message: message + names };
  });
  if (faults.length > 0) {
    const list = faults.map(({ pointer, message }) => `${pointer === '' ? 'options' : pointer} ${message}`).join('; ');
    throw envError('ENV_OPTIONS_INVALID', `options of environment "${definition.id}": ${list}`, {
      data: { environment: definition.id, faults },
    });
  }
  const environment = definition.create(filled);
  assertEnvironment(definition.id, environment);
  return environment;
}

/** Throws ENV_DEFINITION_INVALID, naming the place, unless the declared agents, spaces, state and names are well formed. */
export function assertEnvironment(id: string, environment: Environment): void {
  const { agents, rewardHeads, globalState } = environment;
  if (!Array.isArray(agents) || agents.length === 0) fail(id, 'agents', 'there must be at least one');
  assertNames(
    id,
    'agents',
    agents.map((agent) => agent.id),
  );
  agents.forEach((agent, i) => {
    const where = `agents[${i}] (${agent.id})`;
    assertSpaceAt(id, `${where}.observationSpace`, agent.observationSpace, true);
    assertActionSpace(id, `${where}.actionSpace`, agent, rewardHeads);
    if (agent.masked && maskSize(agent.actionSpace) === 0) {
      fail(id, where, `is masked, but a ${agent.actionSpace.kind} action has no choices to mask`);
    }
  });
  if (rewardHeads !== undefined) {
    if (rewardHeads.length === 0) fail(id, 'rewardHeads', 'is empty; leave it out for one head');
    assertNames(id, 'rewardHeads', rewardHeads);
  }
  assertReporting(id, environment);
  if (globalState !== undefined) assertSpaceAt(id, 'globalState', globalState, true);
  assertState(id, environment);
  for (const name of ['reset', 'step'] as const) {
    if (typeof environment[name] !== 'function') fail(id, name, 'must be a function');
  }
}

/** What an environment declares for metrics and reports refers to what it has. */
function assertReporting(id: string, environment: Environment): void {
  const {
    agents,
    rewardHeads = ['reward'],
    returnHead,
    episodeMetrics = [],
    ratioMetrics = {},
    profiles = [],
  } = environment;
  const ratios = Object.keys(ratioMetrics);
  assertNames(id, 'episodeMetrics', episodeMetrics);
  assertNames(id, 'ratioMetrics', ratios);
  const twice = ratios.find((name) => episodeMetrics.includes(name));
  if (twice !== undefined) fail(id, `ratioMetrics.${twice}`, 'is the name of an episode metric too; rename one');
  if (returnHead !== undefined && !rewardHeads.includes(returnHead)) {
    fail(id, 'returnHead', `is "${returnHead}", but the reward heads are ${rewardHeads.join(', ')}`);
  }
  for (const name of ratios) {
    const missing = ratioMetrics[name]!.find((metric) => !episodeMetrics.includes(metric));
    if (missing !== undefined) fail(id, `ratioMetrics.${name}`, `"${missing}" is not among the episode metrics`);
  }
  for (const [i, { agent: agentId, points, observations, element, reference }] of profiles.entries()) {
    const where = `profiles[${i}]`;
    const agent = agents.find((candidate) => candidate.id === agentId);
    if (agent === undefined) fail(id, where, `there is no agent "${agentId}"`);
    const features = elementSize(agent.observationSpace);
    if (points.length === 0 || observations.length !== points.length) {
      fail(
        id,
        where,
        `has ${points.length} points and ${observations.length} observations; there must be one for each point`,
      );
    }
    if (observations.some((row) => row.length !== features || !row.every(Number.isFinite))) {
      fail(id, where, `an observation is not ${features} finite numbers, which agent "${agentId}" sees`);
    }
    const size = elementSize(agent.actionSpace);
    if (!(Number.isInteger(element) && element >= 0 && element < size)) {
      fail(id, where, `element ${element} is drawn, but an action of agent "${agentId}" has elements 0 to ${size - 1}`);
    }
    for (const line of [reference?.quantity, reference?.participation]) {
      if (line !== undefined && line.length !== points.length) {
        fail(id, where, `the reference has ${line.length} numbers for ${points.length} points`);
      }
    }
  }
}

function assertActionSpace(
  id: string,
  where: string,
  { actionSpace, observationSpace }: AgentSpec,
  rewardHeads: readonly string[] = ['reward'],
): void {
  assertSpaceAt(id, where, actionSpace, false, observationSpace);
  if (actionSpace.kind !== 'hierarchical') return;
  for (const { name, reward } of actionSpace.levels) {
    if (reward === undefined || rewardHeads.includes(reward)) continue;
    const known = `the environment's are ${rewardHeads.map((head) => `"${head}"`).join(', ')}`;
    fail(id, `${where}, level "${name}"`, `is paid by reward head "${reward}", which nobody declared; ${known}`);
  }
}

function assertState(id: string, { state }: Environment): void {
  if (typeof state !== 'object' || state === null)
    fail(id, 'state', 'must be a record of fields; {} when there are none');
  for (const [name, field] of Object.entries(state)) {
    const where = `state.${name}`;
    if (!STATE_NAME.test(name)) fail(id, where, 'the name must be letters and digits and begin with a small letter');
    if (!STATE_DTYPES.includes(field.dtype)) {
      fail(id, where, `dtype is ${JSON.stringify(field.dtype)}, but must be one of ${STATE_DTYPES.join(', ')}`);
    }
    (field.shape ?? []).forEach((extent, axis) => {
      if (!Number.isInteger(extent) || extent < 1) {
        fail(id, where, `extent ${axis} of the shape is ${extent}, but must be a whole number from 1`);
      }
    });
  }
}

function assertNames(id: string, where: string, names: readonly string[]): void {
  const seen = new Map<string, number>();
  names.forEach((name, i) => {
    if (typeof name !== 'string' || !NAME.test(name)) {
      fail(
        id,
        `${where}[${i}]`,
        `${JSON.stringify(name)} must be up to 64 letters, digits, dots, hyphens and underscores`,
      );
    }
    if (seen.has(name)) fail(id, `${where}[${i}]`, `"${name}" is already ${where}[${seen.get(name)}]`);
    seen.set(name, i);
  });
}

function assertSpaceAt(id: string, where: string, space: Space, boxOnly: boolean, observations?: BoxSpace): void {
  if (typeof space !== 'object' || space === null) fail(id, where, 'is missing');
  if (boxOnly && space.kind !== 'box') fail(id, where, `is of kind ${JSON.stringify(space.kind)}, but must be a box`);
  try {
    assertSpace(space, where, observations);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // One that is about the space names the place by itself, down to the level.
    failAt(id, where, message.startsWith(where) ? message : `${where}: ${message}`, error);
  }
}
