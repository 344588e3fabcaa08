import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import {
  binary,
  box,
  type CompositeSpace,
  composite,
  discrete,
  multiDiscrete,
  observed,
  type SimpleSpace,
} from '../../../src/spaces/index.js';
import { compositeLaw, conditionalLaw, squashedBoundsLaw, truncatedLaw } from './bounded-laws.js';
import { bernoulliLaw, categoricalLaw, epsilonGreedyLaw, gaussianLaw, type Law, squashedLaw } from './laws.js';

export const kernels = createPlainKernels();

export function f32(values: ArrayLike<number>): F32 {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
}

/** n standard normals, times a scale. */
export function normals(n: number, seed: number, scale = 1): F32 {
  const random = new RandomStream(seed, 'test');
  return f32(Array.from({ length: n }, () => scale * random.normal()));
}

export function uniforms(n: number, seed: number): F32 {
  const random = new RandomStream(seed, 'test');
  return f32(Array.from({ length: n }, () => random.uniform()));
}

export const bits = (array: Float32Array, n = array.length): number[] => [...new Uint32Array(array.slice(0, n).buffer)];

export const SPEC: DistributionSpec = { kind: 'auto', initialLogStd: 0, logStdBounds: [-10, 2] };

export const noMask = new Uint8Array(0);

/** A distribution with a float64 oracle beside it, and patterns of masks and observations that are repeated over rows (empty: not
 *  masked, nothing observed). */
export interface Case {
  readonly name: string;
  readonly space: SimpleSpace | CompositeSpace;
  readonly kind?: DistributionSpec['kind'];
  readonly std?: DistributionSpec['std'];
  readonly observationRows?: readonly (readonly number[])[];
  readonly free: readonly number[];
  readonly maskRows: readonly (readonly number[])[];
  readonly law: Law;
}

/** One element of each kind of bound. */
const mixed = { low: [0, 2, -Infinity, -Infinity], high: [10, Infinity, 3, Infinity] };
const mixedPairs = mixed.low.map((low, j) => [low, mixed.high[j]!] as const);

/** Both bounds, one, and one beside a constant: of each row's own, some of which force the element. */
const observing = box(4, {
  low: [observed(0), observed(0), -Infinity, -2],
  high: [observed(1), Infinity, observed(1), observed(1)],
});
const observationRows = [
  [0.5, 1.5],
  [-1, 4],
  [2, 2],
  [-0.25, -0.125],
  [-8, -2],
];
const observedPairs = ([low, high]: readonly number[]): [number, number][] => [
  [low!, high!],
  [low!, Infinity],
  [-Infinity, high!],
  [-2, high!],
];

const BOUNDED: readonly Case[] = [
  {
    name: 'squashed gaussian with every kind of bound',
    space: box(4, mixed),
    free: [-0.4, 0.2, -1, 0.5],
    maskRows: [],
    law: squashedBoundsLaw(() => mixedPairs),
  },
  {
    name: 'squashed gaussian with observed bounds',
    space: observing,
    free: [-0.4, 0.2, -1, 0.5],
    maskRows: [],
    observationRows,
    law: squashedBoundsLaw(observedPairs),
  },
  {
    name: 'squashed gaussian with every kind of bound and the network’s deviation',
    space: box(4, mixed),
    std: 'network',
    free: [],
    maskRows: [],
    law: conditionalLaw(
      squashedBoundsLaw(() => mixedPairs),
      SPEC,
    ),
  },
  {
    name: 'squashed gaussian with observed bounds and the network’s deviation',
    space: observing,
    std: 'network',
    free: [],
    maskRows: [],
    observationRows,
    law: conditionalLaw(squashedBoundsLaw(observedPairs), SPEC),
  },
  {
    name: 'truncated gaussian with every kind of bound',
    space: box(4, mixed),
    kind: 'truncatedGaussian',
    free: [-0.4, 0.2, -0.3, 0.5],
    maskRows: [],
    law: truncatedLaw(() => mixedPairs),
  },
  {
    name: 'truncated gaussian with observed bounds',
    space: observing,
    kind: 'truncatedGaussian',
    free: [-0.4, 0.2, 0.1, 0.5],
    maskRows: [],
    observationRows,
    law: truncatedLaw(observedPairs),
  },
  {
    name: 'composite of a seller',
    space: composite('seller', 0.25),
    free: [-0.3],
    maskRows: [],
    law: compositeLaw('seller', () => 0.25),
  },
  {
    name: 'composite of a buyer with an observed reservation',
    space: composite('buyer', observed(1)),
    free: [0.2],
    maskRows: [],
    observationRows,
    law: compositeLaw('buyer', (observation) => observation[1]!),
  },
  {
    name: 'composite of a seller whose reservation is 0',
    space: composite('seller', 0),
    free: [0.4],
    maskRows: [],
    law: compositeLaw('seller', () => 0),
  },
];

export const CASES: readonly Case[] = [
  { name: 'gaussian of 1', space: box(1), free: [-0.7], maskRows: [], law: gaussianLaw },
  {
    name: 'gaussian of 2 with the network’s deviation',
    space: box(2),
    std: 'network',
    free: [],
    maskRows: [],
    law: conditionalLaw(gaussianLaw, SPEC),
  },
  { name: 'gaussian of 3', space: box(3), free: [0.3, -1, 0], maskRows: [], law: gaussianLaw },
  {
    name: 'squashed gaussian of 1',
    space: box(1, { low: -1, high: 1 }),
    free: [-0.4],
    maskRows: [],
    law: squashedLaw([-1], [1]),
  },
  {
    name: 'squashed gaussian of 2 with bounds of their own',
    space: box(2, { low: [0, -3], high: [10, -1] }),
    free: [-0.4, 0.2],
    maskRows: [],
    law: squashedLaw([0, -3], [10, -1]),
  },
  { name: 'categorical', space: discrete(5), free: [], maskRows: [], law: categoricalLaw([5]) },
  {
    name: 'masked categorical',
    space: discrete(5),
    free: [],
    maskRows: [
      [1, 0, 1, 1, 0],
      [0, 0, 0, 1, 0],
      [0, 1, 0, 0, 1],
    ],
    law: categoricalLaw([5]),
  },
  {
    name: 'categorical of several',
    space: multiDiscrete([2, 4, 1]),
    free: [],
    maskRows: [],
    law: categoricalLaw([2, 4, 1]),
  },
  {
    name: 'masked categorical of several',
    space: multiDiscrete([2, 4, 1]),
    free: [],
    maskRows: [
      [1, 1, 0, 1, 1, 0, 1],
      [0, 1, 1, 0, 0, 0, 1],
    ],
    law: categoricalLaw([2, 4, 1]),
  },
  { name: 'bernoulli', space: binary(3), free: [], maskRows: [], law: bernoulliLaw },
  {
    name: 'masked bernoulli',
    space: binary(2),
    free: [],
    maskRows: [
      [1, 1, 0, 1],
      [1, 0, 1, 1],
    ],
    law: bernoulliLaw,
  },
  {
    name: 'ε-greedy',
    space: discrete(5),
    kind: 'epsilonGreedy',
    free: [0.3],
    maskRows: [],
    law: epsilonGreedyLaw([5]),
  },
  {
    name: 'masked ε-greedy of several',
    space: multiDiscrete([2, 4, 1]),
    kind: 'epsilonGreedy',
    free: [0.6],
    maskRows: [
      [1, 1, 0, 1, 1, 0, 1],
      [0, 1, 1, 0, 0, 0, 1],
    ],
    law: epsilonGreedyLaw([2, 4, 1]),
  },
  {
    name: 'ε-greedy of yes or no',
    space: binary(3),
    kind: 'epsilonGreedy',
    free: [0.1],
    maskRows: [],
    law: epsilonGreedyLaw([2, 2, 2]),
  },
  ...BOUNDED,
];

/** A distribution of a case with B rows of seeded outputs, its mask and observations, and actions sampled from it. */
export function prepare(one: Case, B: number, seed = 1, of?: Kernels) {
  const masked = one.maskRows.length > 0;
  const rows = one.observationRows ?? [];
  const observationSize = rows[0]?.length ?? 0;
  const spec = { ...SPEC, kind: one.kind ?? SPEC.kind, ...(one.std === undefined ? {} : { std: one.std }) };
  const distribution = createDistribution(one.space, spec, masked, one.name, observationSize, of);
  const observation = f32(
    Array.from(
      { length: B * observationSize },
      (_, k) => rows[Math.floor(k / observationSize) % rows.length]![k % observationSize]!,
    ),
  );
  distribution.observe?.(observation, B);
  const outputs = normals(B * distribution.outputSize, seed);
  const free = f32(one.free);
  const mask = Uint8Array.from(
    { length: B * distribution.maskSize },
    (_, k) => one.maskRows[Math.floor(k / distribution.maskSize) % one.maskRows.length]![k % distribution.maskSize]!,
  );
  const noise =
    distribution.noiseKind === 'normal'
      ? normals(B * distribution.noiseSize, seed + 1)
      : uniforms(B * distribution.noiseSize, seed + 1);
  const actions = f32(new Float32Array(B * distribution.actionSize));
  const logProbs = f32(new Float32Array(B));
  distribution.sample(outputs, free, mask, noise, actions, logProbs, B);
  return { distribution, outputs, free, mask, noise, actions, logProbs, observation, observationSize };
}

/** Row b of a row-major array, as float64 numbers. */
export const row = (array: ArrayLike<number>, b: number, width: number): number[] =>
  Array.from({ length: width }, (_, j) => array[b * width + j]!);
