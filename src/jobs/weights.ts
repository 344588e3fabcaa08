import type { AlgorithmDefinition } from '../algorithms/index.js';
import { agentNamed, type Environment } from '../envs/index.js';
import type { NetworkSpec } from '../networks/spec.js';
import { networkParameterCount } from '../policies/parameter-count.js';
import { elementSize } from '../spaces/index.js';
import { actingParametersOf } from './acting-parameters.js';
import { type Fault, join, problem } from './faults.js';
import { EVERY_POLICY, overrideLayers } from './layers.js';
import { atItsLayer, type PlacedLayer } from './placed-layers.js';
import { replaysOf } from './replays.js';
import { type ResolvedPolicy, resolvePolicies } from './resolve.js';
import type { JobSpec } from './spec.js';

/** Most bytes of one version of the weights that actors act by, of all policies together: what one message of a fleet holds, with room
 *  for what is said of them. */
export const MAX_VERSION_BYTES = 2 ** 29 - 2 ** 22;
/** Most bytes of all that a job learns: weights, moments, pools and replays together. What a checkpoint holds, with room for the
 *  environments' states. */
export const MAX_LEARNED_BYTES = 2 ** 31 - 2 ** 27;
/** Most numbers that a dense network makes of one observation on its way to the outputs, as with layers. */
export const MAX_HIDDEN_WIDTH = 2 ** 20;
const F32_BYTES = 4;
/** Weights and the two moments of an optimizer. */
const KEPT_PER_PARAMETER = 3;

/** What one policy takes. */
interface Learned {
  readonly policy: ResolvedPolicy;
  readonly actingBytes: number;
  /** Weights of policy and value network, with moments. */
  readonly learnedBytes: number;
  readonly poolBytes: number;
  /** The larger of its networks. */
  readonly network: NetworkName;
}

export type NetworkName = 'network' | 'valueNetwork';

/** Faults where the weights of a job, or what is learned with them, take more memory than any job may: of all policies, at the largest.
 *  Counts, and makes nothing. For a spec that has no other fault; `layersOf` are as they were written. */
export function checkWeights(
  spec: JobSpec,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
  layersOf: (policyId: string) => readonly PlacedLayer[],
  faults: Fault[],
): void {
  const policies = resolvePolicies(spec, environment);
  const tooWide = policies.find(({ policySpec }) =>
    networksOf(policySpec).some((network) => widthOf(network) > MAX_HIDDEN_WIDTH),
  );
  if (tooWide !== undefined) {
    const { hidden } = networksOf(tooWide.policySpec).find((network) => widthOf(network) > MAX_HIDDEN_WIDTH)!;
    const width = hidden.reduce((sum, own) => sum + own, 0);
    const most = `at most ${MAX_HIDDEN_WIDTH} in all`;
    faults.push(
      problem(
        placeOf(
          spec,
          tooWide.policyId,
          widthOf(tooWide.policySpec.network) > MAX_HIDDEN_WIDTH ? 'network' : 'valueNetwork',
        ),
        hidden,
        most,
        `has ${width} hidden units, but ${most} are allowed; make it narrower`,
      ),
    );
    return;
  }
  const learned = policies.map((policy) => measure(policy, environment, algorithms));
  const replay = replaysOf(spec, environment, algorithms).reduce((sum, { bytes }) => sum + bytes, 0);
  const acting = total(learned, 'actingBytes');
  const all = total(learned, 'learnedBytes') + total(learned, 'poolBytes') + replay;
  const pooled = largest(learned, 'poolBytes');
  if (acting <= MAX_VERSION_BYTES && all <= MAX_LEARNED_BYTES) return;
  if (acting <= MAX_VERSION_BYTES && pooled.poolBytes >= largest(learned, 'learnedBytes').learnedBytes) {
    const { policy, poolBytes, actingBytes } = pooled;
    const option = algorithms.find(({ id }) => id === policy.algorithm.id)!.versionsOption!;
    const size = policy.algorithm.options[option];
    const room = MAX_LEARNED_BYTES - (all - poolBytes);
    const fitting = Math.max(0, Math.floor(room / actingBytes));
    const most = `at most ${MAX_LEARNED_BYTES} bytes for all that a job learns`;
    const message =
      `is ${size}, which needs ${gibibytes(poolBytes)} for "${policy.policyId}", and ${gibibytes(all)} with all else that is learned, but at most ` +
      `${gibibytes(MAX_LEARNED_BYTES)} are allowed; ${fitting < 1 ? 'not one version would fit' : `${fitting} versions would fit`}`;
    faults.push(atItsLayer(problem(join('', option), size, most, message), layersOf(policy.policyId)));
    return;
  }
  const { policy, learnedBytes, actingBytes, network } = largest(learned, 'learnedBytes');
  const [needed, most, what] =
    acting > MAX_VERSION_BYTES
      ? [acting, MAX_VERSION_BYTES, 'for one version of the weights of all policies']
      : [all, MAX_LEARNED_BYTES, 'for weights, moments and replays of all policies'];
  const own = acting > MAX_VERSION_BYTES ? actingBytes : learnedBytes;
  faults.push(
    problem(
      placeOf(spec, policy.policyId, network),
      policy.policySpec[network]?.hidden,
      `at most ${most} bytes ${what}`,
      `makes ${gibibytes(own)} for "${policy.policyId}", and ${gibibytes(needed)} are needed ${what}, but at most ${gibibytes(most)} are allowed; make the networks smaller`,
    ),
  );
}

function measure(
  policy: ResolvedPolicy,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
): Learned {
  const { agentIds, policySpec, algorithm } = policy;
  const definition = algorithms.find(({ id }) => id === algorithm.id);
  const acting = actingParametersOf(policy, environment, algorithms);
  const { observationSpace } = agentNamed(environment.agents, agentIds[0]!);
  const seen = Math.max(
    elementSize(observationSpace),
    environment.globalState === undefined ? 0 : elementSize(environment.globalState),
  );
  const hasCritic = definition?.capabilities.critic !== 'none';
  const value = hasCritic ? networkParameterCount(policySpec.valueNetwork ?? policySpec.network, seen, 1) : 0;
  const option = definition?.versionsOption;
  const versions = option === undefined ? 0 : Number(algorithm.options[option]);
  return {
    policy,
    actingBytes: F32_BYTES * acting,
    learnedBytes: F32_BYTES * KEPT_PER_PARAMETER * (acting + value),
    poolBytes: F32_BYTES * acting * versions,
    network: policySpec.valueNetwork !== undefined && value > acting ? 'valueNetwork' : 'network',
  };
}

type Bytes = 'actingBytes' | 'learnedBytes' | 'poolBytes';
const total = (learned: readonly Learned[], what: Bytes): number => learned.reduce((sum, one) => sum + one[what], 0);
const largest = (learned: readonly Learned[], what: Bytes): Learned =>
  learned.reduce((before, one) => (one[what] > before[what] ? one : before));

const networksOf = ({ network, valueNetwork }: ResolvedPolicy['policySpec']): readonly NetworkSpec[] =>
  valueNetwork === undefined ? [network] : [network, valueNetwork];

/** Layers that are described have their own limit. */
const widthOf = ({ kind, hidden }: NetworkSpec): number =>
  kind === 'layers' ? 0 : hidden.reduce((sum, width) => sum + width, 0);

/** Where the shape of a policy's network is written. */
export function placeOf(spec: JobSpec, policyId: string, network: NetworkName): string {
  const own = Object.hasOwn(spec.policies, policyId) && overrideLayers(spec, policyId).at(-1)?.[network] !== undefined;
  return join(join(join('/policies', own ? policyId : EVERY_POLICY), network), 'hidden');
}

export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
