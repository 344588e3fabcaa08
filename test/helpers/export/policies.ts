/** Policies of every action space and law, with random weights, and what they do by training's own code. */
import { RandomStream } from '../../../src/base/index.js';
import { makeCard, type PolicyCard } from '../../../src/export/card.js';
import type { PolicyDescription } from '../../../src/export/index.js';
import { createDescribed, layoutOf, parameterBytes } from '../../../src/export/parameters.js';
import { sha256 } from '../../../src/export/sha256.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { policyParameterCount } from '../../../src/policies/index.js';
import {
  binary,
  box,
  composite,
  discrete,
  elementSize,
  hierarchical,
  multiDiscrete,
  observed,
  type Space,
} from '../../../src/spaces/index.js';

type Spec = PolicyDescription['spec'];
interface CaseOptions {
  readonly network?: Partial<Spec['network']>;
  readonly distribution?: Partial<Spec['distribution']>;
  readonly levelNetworks?: Spec['levelNetworks'];
  readonly masked?: boolean;
  readonly observation?: PolicyDescription['observationSpace'];
}

export interface PolicyCase {
  readonly name: string;
  readonly card: PolicyCard;
  readonly parameters: Float32Array;
}

const observation = box(5, { low: [-3, -Infinity, -3, 1, -2], high: [3, Infinity, 3, 4, 2] });
const market = hierarchical([
  { name: 'enter', space: discrete(3) },
  { name: 'side', space: multiDiscrete([2, 3]), when: { level: 'enter', is: [1, 2] } },
  { name: 'flags', space: binary(2), when: { level: 'side', element: 1, is: [0, 2] } },
  { name: 'price', space: box(2, { low: [0, 1], high: [10, 3] }), when: { level: 'enter', is: [1] } },
  // Decided where others before it are not.
  { name: 'note', space: box(1) },
]);

export const policyCases: readonly PolicyCase[] = [
  makeCase('gaussian', box(3)),
  makeCase('gaussian, std of the network', box(2), { distribution: { kind: 'gaussian', std: 'network' } }),
  makeCase('deterministic', box(2), { distribution: { kind: 'deterministic' }, network: { hidden: [] } }),
  makeCase(
    'squashed, all kinds of bounds',
    box(4, { low: [-1, -2, -Infinity, -Infinity], high: [2, Infinity, 3, Infinity] }),
  ),
  makeCase('squashed, std of the network', box(2, { low: -1, high: 1 }), { distribution: { std: 'network' } }),
  makeCase('squashed, observed bounds', box(3, { low: [observed(0), -5, 0], high: [5, observed(4), observed(3)] }), {
    network: { activation: 'relu' },
  }),
  makeCase('truncated', box(3, { low: [-1, 0, -Infinity], high: [1, 0.5, 2] }), {
    distribution: { kind: 'truncatedGaussian' },
  }),
  makeCase('truncated, observed bounds', box(1, { low: 0, high: observed(3) }), {
    distribution: { kind: 'truncatedGaussian' },
  }),
  makeCase('noisy deterministic', box(2, { low: -2, high: 2 }), { distribution: { kind: 'noisyDeterministic' } }),
  makeCase('categorical', discrete(4)),
  makeCase('categorical, masked', multiDiscrete([3, 2, 4]), { masked: true, network: { activation: 'relu' } }),
  makeCase('ε-greedy, masked', discrete(5), { masked: true, distribution: { kind: 'epsilonGreedy' } }),
  makeCase('ε-greedy, binary', binary(3), { masked: true, distribution: { kind: 'epsilonGreedy' } }),
  makeCase('bernoulli', binary(3)),
  makeCase('bernoulli, masked', binary(4), { masked: true }),
  makeCase('composite, seller', composite('seller', observed(3))),
  makeCase('composite, buyer', composite('buyer', observed(3))),
  makeCase('composite, constant', composite('seller', 0)),
  makeCase('normalized inputs', discrete(3), { network: { normalizeInput: true } }),
  makeCase('hierarchical, shared', market),
  makeCase('hierarchical, masked', market, { masked: true }),
  makeCase('hierarchical, separate', market, { levelNetworks: 'separate' }),
  makeCase('hierarchical, linear', market, { network: { hidden: [] } }),
];

type Layers = NonNullable<Spec['network']['layers']>;
type Inputs = NonNullable<Spec['network']['inputs']>;
const described = (inputs: Inputs, layers: Layers) => ({ kind: 'layers' as const, hidden: [], inputs, layers });

const picture = { picture: { offset: 0, shape: [6, 5, 2] } };
const convolved: Layers = [
  { type: 'conv2d', filters: 4, kernelSize: [3, 3], strides: [2, 1], padding: 'same', activation: 'relu' },
  { type: 'maxPool2d', size: 2, strides: 1, padding: 'same' },
  { type: 'conv2d', filters: 3, kernelSize: 2 },
  { type: 'layerNorm', epsilon: 0.5 },
  { type: 'dense', units: 3, activation: 'sigmoid' },
];
const series: Inputs = { series: { offset: 5, shape: [6, 2] }, rest: { offset: 1, shape: [4] } };
const joined: Layers = [
  { type: 'conv1d', of: 'series', filters: 3, kernelSize: 4, strides: 2, padding: 'same' },
  { type: 'conv1d', filters: 2, kernelSize: 2, activation: 'none' },
  { type: 'flatten', id: 'seen' },
  { type: 'dense', of: 'rest', units: 4, id: 'felt', activation: 'relu' },
  { type: 'add', of: ['seen', 'felt', 'seen'] },
  { type: 'reshape', shape: [2, 2], id: 'both' },
  { type: 'concatenate', of: ['both', 'both'] },
];
const worded: Layers = [
  { type: 'embedding', of: 'words', count: 3, size: 4 },
  { type: 'layerNorm', epsilon: 0.1 },
  { type: 'flatten', id: 'meant' },
  { type: 'concatenate', of: ['meant', 'all'] },
  { type: 'dense', units: 6 },
];
const words: Inputs = { words: { offset: 1, shape: [2, 2] }, all: { offset: 0, shape: [17] } };
const seventeen = box(17);

/** With networks of kind "layers". */
export const layersCases: readonly PolicyCase[] = [
  makeCase('layers, pictures', box(3, { low: -1, high: 2 }), {
    network: described(picture, convolved),
    observation: box([6, 5, 2]),
  }),
  makeCase('layers, pictures, hierarchical', market, {
    network: described(picture, [...convolved, { type: 'flatten' }, { type: 'dense', units: 4 }]),
    observation: box([6, 5, 2]),
    masked: true,
  }),
  makeCase('layers, series, composite', composite('seller', observed(3)), {
    network: described(series, joined),
    observation: seventeen,
  }),
  makeCase('layers, words, squashed', box(2, { low: -1, high: 3 }), {
    network: described(words, worded),
    observation: seventeen,
  }),
  makeCase('layers, normalized inputs', box(2, { low: -1, high: 1 }), {
    network: { ...described(series, [...joined, { type: 'dense', units: 2 }]), normalizeInput: true },
    observation: seventeen,
  }),
];

const units: Layers = [
  { type: 'dense', units: 4 },
  { type: 'gru', units: 3, id: 'gru' },
  { type: 'lstm', units: 2, id: 'lstm' },
  { type: 'concatenate', of: ['gru', 'lstm'] },
];
const gru = { kind: 'gru', size: 3 } as const;
/** Which act on a state too. */
export const recurrentCases: readonly PolicyCase[] = [
  makeCase('recurrent', box(2), { network: { recurrent: gru } }),
  makeCase('recurrent, normalized inputs', box(1), { network: { hidden: [], recurrent: gru, normalizeInput: true } }),
  makeCase('recurrent, hierarchical', market, { network: { recurrent: gru } }),
  makeCase('recurrent, hierarchical, no layers', market, { network: { hidden: [], recurrent: gru } }),
  makeCase('layers, GRU and LSTM', box(2), { network: described({ seen: { offset: 0, shape: [5] } }, units) }),
  makeCase('layers, LSTM, hierarchical', market, {
    network: described({ seen: { offset: 1, shape: [4] } }, [{ type: 'lstm', units: 3 }]),
  }),
];

export function makeCase(name: string, actionSpace: Space, options: CaseOptions = {}): PolicyCase {
  const policy: PolicyDescription = {
    policyId: 'agent-0',
    agents: ['agent-0'],
    agentIds: false,
    observationSpace: options.observation ?? observation,
    actionSpace,
    masked: options.masked ?? false,
    spec: {
      network: { kind: 'mlp', hidden: [8, 6], activation: 'tanh', initialization: 'zeros', ...options.network },
      distribution: { kind: 'auto', initialLogStd: -0.5, logStdBounds: [-5, 2], ...options.distribution },
      levelNetworks: options.levelNetworks ?? 'shared',
      levels: {},
    },
  };
  const count = policyParameterCount(elementSize(policy.observationSpace), actionSpace, policy.masked, policy.spec);
  const parameters = new Float32Array(count);
  const random = new RandomStream(7, name);
  for (const part of layoutOf(policy, count)) {
    // Small biases: outputs change sign from row to row.
    const scale = part.name.endsWith('bias') ? 0.1 : 1;
    for (let k = 0; k < part.count; k++) parameters[part.offset + k] = scale * random.normal();
  }
  if (options.network?.normalizeInput === true) {
    // Scales, behind the means, are positive; one so large that the input is cut off.
    const inputs = elementSize(policy.observationSpace);
    for (let k = count - inputs; k < count; k++) parameters[k] = k === count - 1 ? 50 : 0.1 + Math.abs(parameters[k]!);
  }
  const digest = sha256(parameterBytes(parameters));
  const card = makeCard({ marlin: '0.0.0', policy, parameters: count, digest, lineage: null, evaluation: null });
  return { name, card, parameters };
}

export interface Seen {
  readonly rows: number;
  /** f32[B, F], within the bounds of the observation space. */
  readonly observations: Float32Array;
  /** u8[B, M] */
  readonly mask: Uint8Array;
}

/** Observations and masks, always with a legal choice of each element. */
export function look({ card }: PolicyCase, rows: number, seed = 3): Seen {
  const { observationSpace, masked, actionSpace } = card.policy;
  const size = elementSize(observationSpace);
  const random = new RandomStream(seed, 'look');
  const observations = Float32Array.from({ length: rows * size }, (_, k) => {
    const j = k % size;
    return j === 3 ? 1 + 3 * random.uniform() : 4 * random.uniform() - 2;
  });
  const mask: number[] = [];
  for (let b = 0; b < rows; b++) {
    for (const count of masked ? segments(actionSpace) : []) {
      const legal = random.integer(count);
      for (let c = 0; c < count; c++) mask.push(c === legal || random.uniform() < 0.5 ? 1 : 0);
    }
  }
  return { rows, observations, mask: Uint8Array.from(mask) };
}

function segments(space: Space): readonly number[] {
  switch (space.kind) {
    case 'discrete':
      return [space.count];
    case 'multiDiscrete':
      return space.counts;
    case 'binary':
      return new Array<number>(space.size).fill(2);
    case 'hierarchical':
      return space.levels.flatMap((level) => segments(level.space));
    default:
      return [];
  }
}

/** The modes by training's own code, on its fast kernels. */
export function trainedModes({ card, parameters }: PolicyCase, { rows, observations, mask }: Seen): Float32Array {
  const kernels = createWasmKernels();
  const policy = createDescribed(kernels, card.policy, parameters.length, 256);
  const block = kernels.f32(parameters.length);
  block.set(parameters);
  const observation = kernels.f32(observations.length);
  observation.set(observations);
  const actions = kernels.f32(rows * policy.actionSize);
  policy.actMode(block, observation, mask, actions, rows);
  return new Float32Array(actions);
}
