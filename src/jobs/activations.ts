import { BLOCK_ROWS, sequenceBlock } from '../algorithms/block-rows.js';
import type { AlgorithmDefinition } from '../algorithms/index.js';
import { agentNamed, type Environment } from '../envs/index.js';
import { type NetworkSpec, networkStateSize, placeLayers } from '../networks/spec.js';
import { valueShapeOf } from '../policies/spec.js';
import { elementSize, placeLevels } from '../spaces/index.js';
import { type Fault, join, problem } from './faults.js';
import { atItsLayer, type PlacedLayer } from './placed-layers.js';
import { type ResolvedPolicy, resolvePolicies } from './resolve.js';
import { scheduleOf } from './schedule.js';
import type { JobSpec } from './spec.js';
import { tensorflowUse } from './tensorflow.js';
import { gibibytes, type NetworkName, placeOf } from './weights.js';

/** Most bytes of all that updates make of their rows on the way through the networks, of all policies together: as much again as is
 *  learned, which one WebAssembly memory holds beside it. */
export const MAX_ACTIVATION_BYTES = 2 ** 31;
const F32_BYTES = 4;
/** Numbers that a gated recurrent unit keeps of a row for each that it remembers, for the way back. */
const UNIT_NUMBERS = 25;
/** The same of recurrent layers in TensorFlow.js, at least: sums and gates of a step. */
const LAYER_NUMBERS = 6;

/** What the updates of one policy hold. */
interface Held {
  readonly policy: ResolvedPolicy;
  readonly bytes: number;
  readonly rows: number;
  /** The option or setting that the rows follow from. */
  readonly by: 'batchSize' | 'sequenceLength' | 'blocks';
  /** The larger of its networks. */
  readonly network: NetworkName;
}

/** A fault where what updates make of their rows takes more memory than any job may: of all policies, at the largest. Counts, and makes
 *  nothing. For a spec that has no other fault; `layersOf` are as they were written. */
export function checkActivations(
  spec: JobSpec,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
  layersOf: (policyId: string) => readonly PlacedLayer[],
  faults: Fault[],
): void {
  const held = resolvePolicies(spec, environment).map((policy) => measure(spec, policy, environment, algorithms));
  const all = held.reduce((sum, { bytes }) => sum + bytes, 0);
  if (all <= MAX_ACTIVATION_BYTES) return;
  const largest = held.reduce((before, one) => (one.bytes > before.bytes ? one : before));
  const { policy, rows, bytes, by, network } = largest;
  const { policyId, policySpec, algorithm } = policy;
  const most = `at most ${MAX_ACTIVATION_BYTES} bytes for the rows of all updates`;
  const needs =
    `an update of "${policyId}" take ${gibibytes(bytes)} on the way through its networks, and ${gibibytes(all)} are needed with ` +
    `the others, but at most ${gibibytes(MAX_ACTIVATION_BYTES)} are allowed`;
  if (by === 'blocks') {
    const { hidden } = policySpec[network] ?? policySpec.network;
    const message = `has layers with which the ${rows} rows of ${needs}; make the networks narrower`;
    faults.push(problem(placeOf(spec, policyId, network), hidden, most, message));
    return;
  }
  const value = algorithm.options[by];
  const is =
    value === undefined ? `is not set: the ${spec.rollout.horizon} steps of the horizon are one` : `is ${value}`;
  const advice =
    by === 'batchSize' ? 'make it smaller, or the networks narrower' : 'make it shorter, or the networks narrower';
  const message = `${is}, with which the ${rows} rows of ${needs}; ${advice}`;
  faults.push(atItsLayer(problem(join('', by), value, most, message), layersOf(policyId)));
}

function measure(
  spec: JobSpec,
  policy: ResolvedPolicy,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
): Held {
  const { agentIds, policySpec, algorithm } = policy;
  const { observationSpace, actionSpace } = agentNamed(environment.agents, agentIds[0]!);
  const { critic, onPolicy } = algorithms.find(({ id }) => id === algorithm.id)!.capabilities;
  const { rollout } = spec;
  const { network, valueNetwork = valueShapeOf(network), levelNetworks } = policySpec;
  const stateSize = networkStateSize(network);
  const { width, length } = sequenceBlock(rollout.horizon, algorithm.options.sequenceLength as number | undefined);
  const samples = scheduleOf(spec).batchesPerIteration * rollout.envsPerShard * rollout.horizon * agentIds.length;
  const [by, rows]: [Held['by'], number] = !onPolicy
    ? ['batchSize', Number(algorithm.options.batchSize)]
    : stateSize > 0
      ? ['sequenceLength', width * length]
      : ['blocks', Math.min(BLOCK_ROWS, samples)];
  // Who has no critic learns nothing, or in blocks of one narrow network.
  const learns = critic !== 'none';
  const onTensorflow = tensorflowUse(spec)?.everyNetwork === true;
  const inputs = elementSize(observationSpace);
  const networks =
    actionSpace.kind === 'hierarchical' && levelNetworks === 'separate' ? placeLevels(actionSpace).length : 1;
  const own = networks * rowNumbers(network, inputs, elementSize(actionSpace), onTensorflow);
  const { baseline, dueling } = algorithm.options;
  const hasValues = baseline !== false && dueling !== false;
  const seen = Math.max(inputs, environment.globalState === undefined ? 0 : elementSize(environment.globalState));
  const value = hasValues ? rowNumbers(valueNetwork, seen + stateSize, 1, onTensorflow) : 0;
  return {
    policy,
    rows,
    by,
    bytes: learns ? F32_BYTES * rows * (own + value) : 0,
    network: policySpec.valueNetwork !== undefined && value > own ? 'valueNetwork' : 'network',
  };
}

/** Numbers that are held of one row: inputs, what each layer makes, and gradients. TensorFlow.js walks rows without a memory in blocks
 *  of its own, which are bounded: only what goes in and comes out counts. */
export function rowNumbers(spec: NetworkSpec, inputs: number, outputs: number, onTensorflow: boolean): number {
  const ends = inputs + outputs;
  const { kind, hidden, recurrent } = spec;
  if (kind === 'layers') {
    // That its inputs are there was seen before.
    const { activations, stateSize } = placeLayers(spec, Infinity);
    return stateSize === 0 ? ends : ends + activations + LAYER_NUMBERS * stateSize;
  }
  const made = hidden.reduce((sum, width) => sum + width, 0);
  if (onTensorflow) return recurrent === undefined ? ends : ends + made + LAYER_NUMBERS * recurrent.size;
  // Gradients of layers go down in two arrays as wide as the widest.
  const gradients = Math.min(2, hidden.length) * Math.max(0, ...hidden);
  return ends + made + gradients + UNIT_NUMBERS * (recurrent?.size ?? 0);
}
