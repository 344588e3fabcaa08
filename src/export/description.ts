import type { PolicySpec } from '../policies/index.js';
import { assertSpace, type BoxSpace, elementSize, maskSize, type Space } from '../spaces/index.js';
import { exportError } from './errors.js';
import { JsonFields } from './read-json.js';
import { readNetwork } from './read-network.js';
import { readActionSpace, readObservationSpace } from './space-json.js';

/** All that is needed, beside parameters, to act as a policy does. */
export interface PolicyDescription {
  readonly policyId: string;
  /** Those who act by it, in the environment's order. */
  readonly agents: readonly string[];
  /** Whether each of n agents sees, behind its observation, its place among them: a 1 there, and n − 1 zeros. */
  readonly agentIds: boolean;
  /** As the policy sees it, with what agents see of themselves. */
  readonly observationSpace: BoxSpace;
  readonly actionSpace: Space;
  /** Whether action masks come with observations. */
  readonly masked: boolean;
  readonly spec: Pick<PolicySpec, 'network' | 'distribution' | 'levelNetworks' | 'levels'>;
}

const MAX_AGENTS = 65_536;

/** A description out of JSON that may be hostile, of a policy with `given` parameters: one that would need more is refused before
 *  anything is made of it. Throws POLICY_FILE_INVALID, POLICY_FILE_MISMATCH, SPACE_INVALID, EXPORT_UNSUPPORTED. */
export function readDescription(value: unknown, what: string, given: number): PolicyDescription {
  const fields = new JsonFields(value, what);
  const observationSpace = readObservationSpace(fields.value('observationSpace'), `${what}.observationSpace`);
  const actionSpace = readActionSpace(fields.value('actionSpace'), `${what}.actionSpace`);
  const fewest = fewestParameters(observationSpace, actionSpace);
  if (!(fewest <= given)) {
    const message = `${what} has spaces that take at least ${fewest} parameters, and there are ${given}`;
    throw exportError('POLICY_FILE_MISMATCH', message, { data: { fewest, given } });
  }
  assertSpace(observationSpace, `${what}.observationSpace`);
  assertSpace(actionSpace, `${what}.actionSpace`, observationSpace);
  const spec = fields.object('spec');
  const agents = readAgents(fields);
  const agentIds = fields.flag('agentIds', false);
  if (agentIds && agents.length >= elementSize(observationSpace)) {
    fields.fail('agentIds', `needs an observation of more numbers than the ${agents.length} agents`);
  }
  const network = readNetwork(spec.object('network'), elementSize(observationSpace));
  const levelNetworks = spec.has('levelNetworks') ? spec.oneOf('levelNetworks', ['shared', 'separate']) : 'shared';
  if (network.normalizeInput === true && actionSpace.kind === 'hierarchical') {
    fields.fail('spec.network.normalizeInput', 'is for actions of one level only');
  }
  if (network.kind === 'layers' && actionSpace.kind === 'hierarchical' && levelNetworks === 'separate') {
    fields.fail('spec.levelNetworks', 'is "separate", and levels share a network of kind "layers"');
  }
  return {
    policyId: fields.text('policyId'),
    agents,
    agentIds,
    observationSpace,
    actionSpace,
    masked: fields.flag('masked', false),
    spec: {
      network,
      distribution: readDistribution(spec.object('distribution')),
      levelNetworks,
      levels: spec.has('levels') ? readLevels(spec.object('levels')) : {},
    },
  };
}

/** Numbers that the policy's caller gives of one observation: what agents see of themselves is not among them. */
export const givenSize = ({ observationSpace, agents, agentIds }: PolicyDescription): number =>
  elementSize(observationSpace) - (agentIds ? agents.length : 0);

/** Least number of parameters that a policy of these spaces can have: an output for each choice or number of an action, and a weight
 *  for each number of an observation. */
const fewestParameters = (observationSpace: BoxSpace, actionSpace: Space): number =>
  Math.max(elementSize(observationSpace), elementSize(actionSpace), maskSize(actionSpace) / 2);

function readAgents(fields: JsonFields): readonly string[] {
  const list = fields.list('agents');
  if (list.length > MAX_AGENTS) fields.fail('agents', `has ${list.length} agents, more than ${MAX_AGENTS}`);
  if (list.some((agent) => typeof agent !== 'string')) fields.fail('agents', 'has something that is no text');
  return list as readonly string[];
}

/** Whether the kind is one, and fits, the law itself tells. */
function readDistribution(fields: JsonFields): PolicySpec['distribution'] {
  const [low, high] = fields.finites('logStdBounds');
  if (low === undefined || high === undefined) fields.fail('logStdBounds', 'must be two numbers');
  return {
    kind: fields.text('kind') as PolicySpec['distribution']['kind'],
    initialLogStd: fields.finite('initialLogStd'),
    logStdBounds: [low, high],
    ...(fields.has('std') ? { std: fields.oneOf('std', ['free', 'network']) } : {}),
  };
}

function readLevels(fields: JsonFields): PolicySpec['levels'] {
  return Object.fromEntries(
    fields.names().map((name) => {
      const level = fields.object(name);
      if (!level.has('distribution')) return [name, {}];
      const own = level.object('distribution');
      const bounds = own.has('logStdBounds') ? own.finites('logStdBounds') : [];
      const [low, high] = bounds;
      return [
        name,
        {
          distribution: {
            ...(own.has('kind') ? { kind: own.text('kind') as PolicySpec['distribution']['kind'] } : {}),
            ...(own.has('initialLogStd') ? { initialLogStd: own.finite('initialLogStd') } : {}),
            ...(low === undefined || high === undefined ? {} : { logStdBounds: [low, high] as [number, number] }),
            ...(own.has('std') ? { std: own.oneOf('std', ['free', 'network']) } : {}),
          },
        },
      ];
    }),
  );
}
