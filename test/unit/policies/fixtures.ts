import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import { binary, box, discrete, multiDiscrete, type Space } from '../../../src/spaces/index.js';
import { bernoulliLaw, categoricalLaw, gaussianLaw, type Law, squashedLaw } from './laws.js';

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

/** A distribution with a float64 oracle beside it, and a mask pattern that is repeated over rows (empty: not masked). */
export interface Case {
  readonly name: string;
  readonly space: Space;
  readonly free: readonly number[];
  readonly maskRows: readonly (readonly number[])[];
  readonly law: Law;
}

export const CASES: readonly Case[] = [
  { name: 'gaussian of 1', space: box(1), free: [-0.7], maskRows: [], law: gaussianLaw },
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
];

/** A distribution of a case with B rows of seeded outputs, its mask, and actions sampled from it. */
export function prepare(one: Case, B: number, seed = 1) {
  const masked = one.maskRows.length > 0;
  const distribution = createDistribution(one.space, SPEC, masked);
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
  return { distribution, outputs, free, mask, noise, actions, logProbs };
}

/** Row b of a row-major array, as float64 numbers. */
export const row = (array: ArrayLike<number>, b: number, width: number): number[] =>
  Array.from({ length: width }, (_, j) => array[b * width + j]!);
