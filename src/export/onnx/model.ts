import { elementSize } from '../../spaces/index.js';
import type { PolicyCard } from '../card.js';
import { givenSize } from '../description.js';
import { type LevelLaw, levelLaws } from '../level-laws.js';
import { policyStacks, stateSizeOf } from '../network-stacks.js';
import { layoutOf } from '../parameters.js';
import { OnnxGraph, type Value } from './graph.js';
import { Memory } from './memory.js';
import { addMode } from './modes.js';
import { addNetwork } from './network.js';

/** A policy as an ONNX model that acts by its modes.
 *
 *      observation  f32[N, F]     as the environment shows it
 *      agent        f32[N, n]     where agents are told apart: a 1 in the agent's place
 *      mask         bool[N, M]    where the policy is masked
 *      state        f32[N, S]     where it is recurrent: zeros where an episode begins, else what `next_state` was
 *    → action       f32[N, A]
 *      next_state   f32[N, S]
 *      outputs      f32[N, O]     the network's own; `outputs.<level>` of each level of a hierarchical action
 *
 *  Normalization, levels, masks and bounds are nodes of the graph; the card is its metadata `marlin`. A row without a legal choice
 *  takes the first one, where Marlin itself refuses it. */
export function encodeOnnx(card: PolicyCard, parameters: Float32Array): Uint8Array<ArrayBuffer> {
  const { policy } = card;
  const graph = new OnnxGraph();
  const laws = levelLaws(policy);
  const { trunk, levels } = policyStacks(policy, laws, layoutOf(policy, parameters.length), parameters);

  const given = givenSize(policy);
  const shown = graph.input('observation', 'float', given);
  const observation = policy.agentIds
    ? graph.concat([shown, graph.input('agent', 'float', policy.agents.length)])
    : shown;
  const maskSize = laws.reduce((sum, law) => sum + law.maskSize, 0);
  const mask = maskSize === 0 ? null : graph.input('mask', 'bool', maskSize);

  const stateSize = stateSizeOf(policy);
  const memory = stateSize === 0 ? null : new Memory(graph, stateSize);
  const features = trunk === null ? observation : addNetwork(graph, trunk, observation, 'trunk', memory);
  const decided: Decided[] = [];
  for (const [l, law] of laws.entries()) {
    const { earlier, name, outputSize, maskOffset } = law;
    const inputs = graph.concat([
      features,
      ...(earlier?.parts ?? []).map((part) => earlierInput(graph, decided, laws, part)),
    ]);
    const outputs = addNetwork(graph, levels[l]!, inputs, name === null ? 'network' : `levels.${name}`, memory);
    const own = mask === null || law.maskSize === 0 ? null : ownMask(graph, mask, maskOffset, law.maskSize, maskSize);
    const active = activity(graph, decided, laws, law);
    const mode = addMode(graph, law, { outputs, observation, mask: own });
    const action = active === null ? mode : graph.add('Where', [active, mode, graph.scalar(0)]);
    decided.push({ action, active });
    graph.output(name === null ? 'outputs' : `outputs.${name}`, outputs, outputSize);
  }
  memory?.finish();
  const action = graph.concat(decided.map((level) => level.action));
  graph.output('action', action, elementSize(policy.actionSpace));
  return graph.finish({
    name: policy.policyId,
    producerVersion: card.marlin,
    description: `Policy "${policy.policyId}": the metadata "marlin" is its card.`,
    metadata: { marlin: JSON.stringify(card) },
  });
}

/** A level that is decided: f32[N, size], 0 where it is inactive, and where it is active, bool[N, 1]; null is everywhere. */
interface Decided {
  readonly action: Value;
  readonly active: Value | null;
}

/** One earlier number of the action as inputs of a level: itself, or a 1 in the place of the choice; zeros where it is inactive. */
function earlierInput(
  graph: OnnxGraph,
  decided: readonly Decided[],
  laws: readonly LevelLaw[],
  { level, offset, choices }: { readonly level: number; readonly offset: number; readonly choices: number },
): Value {
  const number = numberOf(graph, decided, laws, level, offset);
  if (choices === 0) return number;
  const places = graph.floats(
    [1, choices],
    Array.from({ length: choices }, (_, c) => c),
  );
  const chosen = graph.add('Equal', [number, places]);
  const { active } = decided[level]!;
  return graph.cast(active === null ? chosen : graph.add('And', [chosen, active]), 'float');
}

/** Where a level is decided: bool[N, 1], or null for everywhere. */
function activity(
  graph: OnnxGraph,
  decided: readonly Decided[],
  laws: readonly LevelLaw[],
  { condition }: LevelLaw,
): Value | null {
  if (condition === null) return null;
  const number = numberOf(graph, decided, laws, condition.level, condition.offset);
  const holds = condition.is
    .map((value) => graph.add('Equal', [number, graph.scalar(value)]))
    .reduce((one, other) => graph.add('Or', [one, other]));
  const { active } = decided[condition.level]!;
  return active === null ? holds : graph.add('And', [holds, active]);
}

/** f32[N, 1]: the number of an earlier level that is element `offset` of the action. */
function numberOf(
  graph: OnnxGraph,
  decided: readonly Decided[],
  laws: readonly LevelLaw[],
  level: number,
  offset: number,
): Value {
  const { size, offset: first } = laws[level]!;
  const { action } = decided[level]!;
  return size === 1 ? action : graph.columns(action, offset - first, 1);
}

const ownMask = (graph: OnnxGraph, mask: Value, offset: number, size: number, whole: number): Value =>
  size === whole ? mask : graph.columns(mask, offset, size);
