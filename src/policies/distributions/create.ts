import {
  type Bound,
  type BoxSpace,
  boundOf,
  type CompositeSpace,
  elementSize,
  type SimpleSpace,
  type Space,
} from '../../spaces/index.js';
import type { ActionDistribution } from '../distribution.js';
import { policyError } from '../errors.js';
import type { DistributionSpec } from '../spec.js';
import { createBernoulli } from './bernoulli.js';
import { Bounds } from './bounds.js';
import { createCategorical } from './categorical.js';
import { createComposite } from './composite.js';
import { createDeterministic } from './deterministic.js';
import { createGaussian } from './gaussian.js';
import { createSquashedGaussian, SQUASHED_EDGE } from './squashed-gaussian.js';
import { createTruncatedGaussian } from './truncated-gaussian.js';

type Kind = DistributionSpec['kind'];

/** Kinds that fit each space; a box is looked at more closely. The levels of a hierarchical action have a law each. */
const SUITABLE: Readonly<Record<Space['kind'], readonly Kind[]>> = {
  box: ['gaussian', 'squashedGaussian', 'truncatedGaussian', 'deterministic'],
  discrete: ['categorical'],
  multiDiscrete: ['categorical'],
  binary: ['bernoulli'],
  composite: ['composite'],
  hierarchical: [],
};

/** The kinds that fit a space, beside "auto". */
export const suitableKinds = (space: Space): readonly Kind[] => SUITABLE[space.kind];

/** The law of an action of `space`. `auto`: categorical for discrete and multiDiscrete, bernoulli for binary, composite for composite,
 *  gaussian for a box without bounds, squashedGaussian for any other. `where` names the agent in errors; `observationSize` is
 *  F, for bounds that are observed.
 *  Throws POLICY_DISTRIBUTION_UNSUITABLE where the law could sample actions outside the space (or none inside it), and
 *  POLICY_LOG_STD_INVALID. */
export function createDistribution(
  space: SimpleSpace | CompositeSpace,
  spec: DistributionSpec,
  masked: boolean,
  where = 'the action space',
  observationSize = 0,
): ActionDistribution {
  const kind = spec.kind === 'auto' ? automaticKind(space) : spec.kind;
  if (!SUITABLE[space.kind].includes(kind)) {
    const fitting = ['auto', ...SUITABLE[space.kind]].map((name) => `"${name}"`).join(', ');
    throw unsuitable(where, space, kind, `is ${space.kind}, which "${kind}" does not fit. Use one of ${fitting}`);
  }
  switch (space.kind) {
    case 'box':
      return createBoxDistribution(space, kind, spec, where, observationSize);
    case 'discrete':
      return createCategorical([space.count], masked);
    case 'multiDiscrete':
      return createCategorical(space.counts, masked);
    case 'binary':
      return createBernoulli(space.size, masked);
    case 'composite':
      return createComposite(space, spec, where, observationSize);
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
    return kind === 'gaussian' ? createGaussian(size, spec) : createDeterministic(size);
  }
  const edge = kind === 'squashedGaussian' ? SQUASHED_EDGE : 0;
  const bounds = new Bounds(space, { where, observationSize, edge });
  if (bounds.empty) {
    throw unsuitable(
      where,
      space,
      kind,
      'has bounds that float32 numbers cannot lie between: too close together for their size, or too large. Rescale the space',
    );
  }
  return kind === 'squashedGaussian' ? createSquashedGaussian(bounds, spec) : createTruncatedGaussian(bounds, spec);
}

/** The declared bounds of an element, as people read them. */
const lowBound = (space: BoxSpace, j: number): string => boundText(boundOf(space, 'low', j), '-Infinity');
const highBound = (space: BoxSpace, j: number): string => boundText(boundOf(space, 'high', j), 'Infinity');
const boundText = (bound: Bound | undefined, absent: string): string =>
  typeof bound === 'object' ? `observation ${bound.observation}` : `${bound ?? absent}`;

function unsuitable(where: string, space: Space, kind: Kind, problem: string): Error {
  return policyError('POLICY_DISTRIBUTION_UNSUITABLE', `${where} ${problem}.`, { data: { where, space, kind } });
}
