import { choiceCounts, highestFloat32AtMost, lowestFloat32AtLeast } from '../../policies/index.js';
import type { BoxSpace, CompositeSpace } from '../../spaces/index.js';
import type { LevelLaw } from '../level-laws.js';
import { GraphBounds } from './bounds.js';
import type { OnnxGraph, Value } from './graph.js';

/** As the laws have it: see SQUASHED_EDGE in policies. */
const SQUASHED_EDGE = 1e-6;
const LOWEST = -3.4028234663852886e38;
const SMALLEST_PRICE = 1.401298464324817e-45;

/** What the mode of a level is made of. */
export interface ModeInputs {
  /** f32[N, O] */
  readonly outputs: Value;
  /** f32[N, F] */
  readonly observation: Value;
  /** bool[N, M] of the level, where it is masked. */
  readonly mask: Value | null;
}

/** Adds the mode of a level's law to a graph: f32[N, size]. */
export function addMode(graph: OnnxGraph, law: LevelLaw, inputs: ModeInputs): Value {
  const { space, kind, size, outputSize } = law;
  switch (space.kind) {
    case 'box': {
      const means = outputSize > size ? graph.columns(inputs.outputs, 0, size) : inputs.outputs;
      return addBoxMode(graph, space, kind, means, inputs.observation);
    }
    case 'discrete':
    case 'multiDiscrete':
      return addChoices(graph, choiceCounts(space), inputs);
    case 'binary':
      return kind === 'epsilonGreedy'
        ? addChoices(graph, choiceCounts(space), inputs)
        : addDecisions(graph, size, inputs);
    case 'composite':
      return addPrice(graph, space, inputs);
  }
}

/** Each output as the laws of boxes bring it into its bounds. */
function addBoxMode(
  graph: OnnxGraph,
  space: BoxSpace,
  kind: LevelLaw['kind'],
  means: Value,
  observation: Value,
): Value {
  if (kind === 'gaussian' || kind === 'deterministic') return means;
  const bounds = new GraphBounds(graph, space, observation);
  if (kind === 'truncatedGaussian') return bounds.hold(means, 0);
  const kinds = bounds.low.has.map((low, j) =>
    low ? (bounds.high.has[j] ? 'both' : 'low') : bounds.high.has[j] ? 'high' : '',
  );
  let actions = means;
  if (kinds.includes('both')) {
    // low + (high − low)/2·(tanh u + 1)
    const half = graph.add('Mul', [graph.add('Sub', [bounds.high.value, bounds.low.value]), graph.scalar(0.5)]);
    const raised = graph.add('Add', [graph.add('Tanh', [means]), graph.scalar(1)]);
    const between = graph.add('Add', [bounds.low.value, graph.add('Mul', [half, raised])]);
    actions = graph.add('Where', [bounds.where((low, high) => low && high), between, actions]);
  }
  if (kinds.includes('low') || kinds.includes('high')) {
    const softplus = graph.add('Softplus', [means]);
    const above = graph.add('Add', [bounds.low.value, softplus]);
    const below = graph.add('Sub', [bounds.high.value, softplus]);
    actions = graph.add('Where', [bounds.where((low, high) => low && !high), above, actions]);
    actions = graph.add('Where', [bounds.where((low, high) => !low && high), below, actions]);
  }
  return bounds.hold(actions, kind === 'noisyDeterministic' ? 0 : SQUASHED_EDGE);
}

/** For each segment the place of the greatest legal output, the first of equal ones. */
function addChoices(graph: OnnxGraph, counts: readonly number[], { outputs, mask }: ModeInputs): Value {
  const allowed = mask === null ? outputs : graph.add('Where', [mask, outputs, graph.scalar(LOWEST)]);
  let at = 0;
  const choices = counts.map((count) => {
    const segment = counts.length === 1 ? allowed : graph.columns(allowed, at, count);
    at += count;
    return graph.cast(graph.add('ArgMax', [segment], { axis: 1, keepdims: 1 }), 'float');
  });
  return graph.concat(choices);
}

/** 1 where the output is above 0; the legal one where the mask has one: whether 0 is legal, then whether 1 is, of each element. */
function addDecisions(graph: OnnxGraph, size: number, { outputs, mask }: ModeInputs): Value {
  const likely = graph.add('Greater', [outputs, graph.scalar(0)]);
  if (mask === null) return graph.cast(likely, 'float');
  const elements = Array.from({ length: size }, (_, j) => j);
  const legal = (value: 0 | 1): Value =>
    graph.add('Gather', [mask, graph.integers(elements.map((j) => 2 * j + value))], { axis: 1 });
  const wanted = graph.add('Or', [likely, graph.add('Not', [legal(0)])]);
  return graph.cast(graph.add('And', [wanted, legal(1)]), 'float');
}

/** Of outputs [x, q]: 0 unless x is above 0; then q, held on the reservation's right side, and never 0 where that is not. */
function addPrice(
  graph: OnnxGraph,
  { side, reservation }: CompositeSpace,
  { outputs, observation }: ModeInputs,
): Value {
  const seller = side === 'seller';
  const constant = (r: number): number => (seller ? lowestFloat32AtLeast(r) : highestFloat32AtMost(r));
  const r =
    typeof reservation === 'number'
      ? graph.scalar(constant(reservation))
      : graph.columns(observation, reservation.observation, 1);
  const held = graph.add(seller ? 'Max' : 'Min', [graph.columns(outputs, 1, 1), r]);
  const zero = graph.scalar(0);
  const passes = graph.add('And', [
    graph.add('Equal', [held, zero]),
    graph.add('Not', [graph.add('Equal', [r, zero])]),
  ]);
  const price = graph.add('Where', [passes, graph.scalar(SMALLEST_PRICE), held]);
  return graph.add('Where', [graph.add('Greater', [graph.columns(outputs, 0, 1), zero]), price, zero]);
}
