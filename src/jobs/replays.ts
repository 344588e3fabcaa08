import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { Environment } from '../envs/index.js';
import { replayBytes } from '../experience/replay/spec.js';
import { type BoxSpace, elementSize } from '../spaces/index.js';
import { type Fault, join, listNames, problem } from './faults.js';
import { atItsLayer, type PlacedLayer } from './placed-layers.js';
import { resolvePolicies } from './resolve.js';
import type { JobSpec } from './spec.js';
import { unitsOf } from './units.js';

/** Most bytes of all replays of a job together: what a checkpoint holds, with room for weights, moments and environment states. */
export const MAX_REPLAY_BYTES = 3 * 2 ** 29;

/** By this option every algorithm that keeps a replay says how many transitions it holds. */
const CAPACITY = 'replayCapacity';
const SHOWN_POLICIES = 8;

/** What the updater of a unit keeps of the past. */
export interface UnitReplay {
  readonly policyIds: readonly string[];
  readonly capacity: number;
  readonly bytes: number;
}

/** The replays of a job's units, of those that keep one. `environment` is that which the policies see. */
export function replaysOf(
  spec: JobSpec,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
): readonly UnitReplay[] {
  const policies = resolvePolicies(spec, environment);
  const definitionOf = (algorithm: string) => algorithms.find(({ id }) => id === algorithm)!;
  const sizeOf = (space: BoxSpace | undefined) => (space === undefined ? 0 : elementSize(space));
  const joinedObservationSize = environment.agents.reduce((sum, agent) => sum + sizeOf(agent.observationSpace), 0);
  return unitsOf(policies, definitionOf).flatMap((unit) => {
    const { algorithm } = policies[unit.policies[0]!]!;
    const definition = definitionOf(algorithm.id);
    if (definition.replay === undefined) return [];
    const members = unit.policies.map((p) => {
      const { policyId, policySpec, agentIds } = policies[p]!;
      const agents = environment.agents.flatMap(({ id }, agent) => (agentIds.includes(id) ? [agent] : []));
      const { observationSpace, actionSpace, masked = false } = environment.agents[agents[0]!]!;
      return { policyId, spec: policySpec, observationSpace, actionSpace, masked, agents };
    });
    const replay = definition.replay({
      members,
      globalStateSize: sizeOf(environment.globalState),
      joinedObservationSize,
      rewardHeads: environment.rewardHeads ?? ['reward'],
      options: algorithm.options,
    });
    if (replay === null) return [];
    return [
      { policyIds: members.map(({ policyId }) => policyId), capacity: replay.capacity, bytes: replayBytes(replay) },
    ];
  });
}

/** A fault when the replays of a job take more than MAX_REPLAY_BYTES, at the option of the largest. For a spec that has no other
 *  fault; `layersOf` are as they were written. */
export function checkReplays(
  spec: JobSpec,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
  layersOf: (policyId: string) => readonly PlacedLayer[],
  faults: Fault[],
): void {
  const replays = replaysOf(spec, environment, algorithms);
  const total = replays.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_REPLAY_BYTES) return;
  const largest = replays.reduce((before, replay) => (replay.bytes > before.bytes ? replay : before));
  const { capacity, bytes, policyIds } = largest;
  const names = policyIds.slice(0, SHOWN_POLICIES).map((id) => `"${id}"`);
  if (policyIds.length > names.length) names.push(`${policyIds.length - names.length} more`);
  const rest = replays.length === 1 ? '' : `, and ${gibibytes(total)} with the others`;
  const most = `at most ${MAX_REPLAY_BYTES} bytes for all replays of the job`;
  faults.push(
    atItsLayer(
      problem(
        join('', CAPACITY),
        capacity,
        most,
        `is ${capacity}, which needs ${gibibytes(bytes)} for ${listNames(names, 'and')}${rest}, but at most ` +
          `${gibibytes(MAX_REPLAY_BYTES)} are allowed for all replays of a job; ${advice(largest, total)}`,
      ),
      layersOf(policyIds[0]!),
    ),
  );
}

/** What capacity would do, if all replays were made smaller alike. */
function advice({ capacity }: UnitReplay, total: number): string {
  const fitting = Math.floor((capacity * MAX_REPLAY_BYTES) / total);
  return fitting < 1 ? 'one transition is too large for it' : `about ${fitting} transitions each would fit`;
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
