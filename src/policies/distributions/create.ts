import type { Kernels } from '../../kernels/index.js';
import {
  type BinarySpace,
  type Bound,
  type BoxSpace,
  boundOf,
  type CompositeSpace,
  type DiscreteSpace,
  elementSize,
  type MultiDiscreteSpace,
  type SimpleSpace,
  type Space,
} from '../../spaces/index.js';
import type { ActionDistribution } from '../distribution.js';
import { policyError } from '../errors.js';
import type { DistributionSpec } from '../spec.js';
import { createBernoulli } from './bernoulli.js';
import { createBoundedGaussian } from './bounded-gaussian.js';
import { Bounds, SQUASHED_EDGE } from './bounds.js';
import { createCategorical } from './categorical.js';
import { createComposite } from './composite.js';
import { areConstantPairs } from './constant-bounds.js';
import { createDeterministic } from './deterministic.js';
import { createEpsilonGreedy } from './epsilon-greedy.js';
import { createGaussian } from './gaussian.js';
import { createIntervalGaussian } from './interval-gaussian.js';
import { createNoisyDeterministic } from './noisy-deterministic.js';
import { createTruncatedGaussian } from './truncated-gaussian.js';

type Kind = DistributionSpec['kind'];

/** Kinds that fit each space; a box is looked at more closely. The levels of a hierarchical action have a law each. */
const SUITABLE: Readonly<Record<Space['kind'], readonly Kind[]>> = {
  box: ['gaussian', 'squashedGaussian', 'truncatedGaussian', 'deterministic', 'noisyDeterministic'],
  discrete: ['categorical', 'epsilonGreedy'],
  multiDiscrete: ['categorical', 'epsilonGreedy'],
  binary: ['bernoulli', 'epsilonGreedy'],
  composite: ['composite'],
  hierarchical: [],
};

/** The kind of law that an action of `space` gets: "auto" is decided by the space. */
export const distributionKind = (
  space: SimpleSpace | CompositeSpace,
  { kind }: DistributionSpec,
): Exclude<Kind, 'auto'> => (kind === 'auto' ? automaticKind(space) : kind) as Exclude<Kind, 'auto'>;

/** The kinds that fit a space, beside "auto". */
export const suitableKinds = (space: Space): readonly Kind[] => SUITABLE[space.kind];

/** The law of an action of `space`. `auto`: categorical for discrete and multiDiscrete, bernoulli for binary, composite for composite,
 *  gaussian for a box without bounds, squashedGaussian for any other. `where` names the agent in errors; `observationSize` is
 *  F, for bounds that are observed; `kernels` are those that the arrays are of, absent where any may come.
 *  Throws POLICY_DISTRIBUTION_UNSUITABLE where the law could sample actions outside the space (or none inside it), and
 *  POLICY_LOG_STD_INVALID. */
export function createDistribution(
  space: SimpleSpace | CompositeSpace,
  spec: DistributionSpec,
  masked: boolean,
  where = 'the action space',
  observationSize = 0,
  kernels?: Kernels,
): ActionDistribution {
  const kind = distributionKind(space, spec);
  if (!SUITABLE[space.kind].includes(kind)) {
    const fitting = ['auto', ...SUITABLE[space.kind]].map((name) => `"${name}"`).join(', ');
    throw unsuitable(where, space, kind, `is ${space.kind}, which "${kind}" does not fit. Use one of ${fitting}`);
  }
  if (spec.std === 'network' && (kind === 'truncatedGaussian' || kind === 'composite')) {
    const problem = `cannot have "${kind}" with std "network". Use std "free", or "squashedGaussian" for a box`;
    throw unsuitable(where, space, kind, problem);
  }
  switch (space.kind) {
    case 'box':
      return createBoxDistribution(space, kind, spec, where, observationSize, kernels);
    case 'discrete':
      return createChoices([space.count], masked, kind, kernels);
    case 'multiDiscrete':
      return createChoices(space.counts, masked, kind, kernels);
    case 'binary':
      return kind === 'epsilonGreedy'
        ? createEpsilonGreedy(choiceCounts(space), masked)
        : createBernoulli(space.size, masked, kernels);
    case 'composite':
      return createComposite(space, spec, where, observationSize, kernels);
  }
}

const createChoices = (
  counts: readonly number[],
  masked: boolean,
  kind: Kind,
  kernels: Kernels | undefined,
): ActionDistribution =>
  kind === 'epsilonGreedy' ? createEpsilonGreedy(counts, masked) : createCategorical(counts, masked, kernels);

/** How many choices each element of a finite action has: what ε-greedy decides, and masks mask, one after the other. */
export function choiceCounts(space: DiscreteSpace | MultiDiscreteSpace | BinarySpace): readonly number[] {
  switch (space.kind) {
    case 'discrete':
      return [space.count];
    case 'multiDiscrete':
      return space.counts;
    case 'binary':
      return new Array<number>(space.size).fill(2);
  }
}

function automaticKind(space: SimpleSpace | CompositeSpace): Kind {
  if (space.kind !== 'box') return SUITABLE[space.kind][0]!;
  return firstBounded(space) === -1 ? 'gaussian' : 'squashedGaussian';
}

/** The first element that has a bound, or −1. */
function firstBounded(space: BoxSpace): number {
  for (let j = 0; j < elementSize(space); j++) {
    if ((boundOf(space, 'low', j) ?? -Infinity) !== -Infinity) return j;
    if ((boundOf(space, 'high', j) ?? Infinity) !== Infinity) return j;
  }
  return -1;
}

function createBoxDistribution(
  space: BoxSpace,
  kind: Kind,
  spec: DistributionSpec,
  where: string,
  observationSize: number,
  kernels: Kernels | undefined,
): ActionDistribution {
  if (kind === 'gaussian' || kind === 'deterministic') {
    const j = firstBounded(space);
    if (j !== -1) {
      const interval = `[${lowBound(space, j)}, ${highBound(space, j)}]`;
      throw unsuitable(
        where,
        space,
        kind,
        `has element ${j} in ${interval}, but "${kind}" may act outside of bounds. ` +
          'Use "squashedGaussian" or "truncatedGaussian", or remove the bounds',
      );
    }
    const size = elementSize(space);
    if (kind === 'deterministic') return createDeterministic(size);
    if (spec.std !== 'network') return createGaussian(size, spec, kernels);
  }
  const edge = kind === 'gaussian' || kind === 'squashedGaussian' ? SQUASHED_EDGE : 0;
  const bounds = new Bounds(space, { where, observationSize, edge });
  if (bounds.empty) {
    throw unsuitable(
      where,
      space,
      kind,
      'has bounds that float32 numbers cannot lie between: too close together for their size, or too large. Rescale the space',
    );
  }
  if (kind === 'noisyDeterministic') return createNoisyDeterministic(bounds);
  if (kind === 'truncatedGaussian') return createTruncatedGaussian(bounds, spec);
  if (spec.std === 'network') return createBoundedGaussian(bounds, spec, 'network', kernels);
  return areConstantPairs(bounds)
    ? createIntervalGaussian(bounds, spec, kernels)
    : createBoundedGaussian(bounds, spec, 'free', kernels);
}

/** The declared bounds of an element, as people read them. */
const lowBound = (space: BoxSpace, j: number): string => boundText(boundOf(space, 'low', j), '-Infinity');
const highBound = (space: BoxSpace, j: number): string => boundText(boundOf(space, 'high', j), 'Infinity');
const boundText = (bound: Bound | undefined, absent: string): string =>
  typeof bound === 'object' ? `observation ${bound.observation}` : `${bound ?? absent}`;

function unsuitable(where: string, space: Space, kind: Kind, problem: string): Error {
  return policyError('POLICY_DISTRIBUTION_UNSUITABLE', `${where} ${problem}.`, { data: { where, space, kind } });
}
