import { type BoxSpace, elementSize, highOf, lowOf, type Space } from '../../spaces/index.js';
import type { ActionDistribution } from '../distribution.js';
import { policyError } from '../errors.js';
import type { DistributionSpec } from '../spec.js';
import { createBernoulli } from './bernoulli.js';
import { createCategorical } from './categorical.js';
import { createDeterministic } from './deterministic.js';
import { createGaussian } from './gaussian.js';
import { createSquashedGaussian } from './squashed-gaussian.js';

type Kind = DistributionSpec['kind'];

/** Kinds that fit each space, the one that `auto` takes first; a box is looked at more closely. */
const SUITABLE: Readonly<Record<Space['kind'], readonly Kind[]>> = {
  box: ['gaussian', 'squashedGaussian', 'deterministic'],
  discrete: ['categorical'],
  multiDiscrete: ['categorical'],
  binary: ['bernoulli'],
};

/** The law of an action of `space`. `auto`: categorical for discrete and multiDiscrete, bernoulli for binary,
 *  squashedGaussian for a box bounded on all sides, gaussian for any other. `where` names the agent in errors.
 *  Throws POLICY_DISTRIBUTION_UNSUITABLE where the law could sample actions outside the space (or none inside it), and
 *  POLICY_LOG_STD_INVALID. */
export function createDistribution(
  space: Space,
  spec: DistributionSpec,
  masked: boolean,
  where = 'the action space',
): ActionDistribution {
  const kind = spec.kind === 'auto' ? automaticKind(space) : spec.kind;
  if (!SUITABLE[space.kind].includes(kind)) {
    const fitting = ['auto', ...SUITABLE[space.kind]].map((name) => `"${name}"`).join(', ');
    throw unsuitable(where, space, kind, `is ${space.kind}, which "${kind}" does not fit. Use one of ${fitting}`);
  }
  switch (space.kind) {
    case 'box':
      return createBoxDistribution(space, kind, spec, where);
    case 'discrete':
      return createCategorical([space.count], masked);
    case 'multiDiscrete':
      return createCategorical(space.counts, masked);
    case 'binary':
      return createBernoulli(space.size, masked);
  }
}

function automaticKind(space: Space): Kind {
  if (space.kind !== 'box') return SUITABLE[space.kind][0]!;
  for (let j = 0; j < elementSize(space); j++) {
    if (!Number.isFinite(lowOf(space, j)) || !Number.isFinite(highOf(space, j))) return 'gaussian';
  }
  return 'squashedGaussian';
}

function createBoxDistribution(space: BoxSpace, kind: Kind, spec: DistributionSpec, where: string): ActionDistribution {
  const size = elementSize(space);
  for (let j = 0; j < size; j++) {
    const low = lowOf(space, j);
    const high = highOf(space, j);
    const boundsWanted = kind === 'squashedGaussian';
    if (Number.isFinite(low) === boundsWanted && Number.isFinite(high) === boundsWanted) continue;
    const problem = `has element ${j} in [${low}, ${high}], but`;
    if (Number.isFinite(low) !== Number.isFinite(high)) {
      const advice = 'Give the element both bounds, or none';
      throw unsuitable(
        where,
        space,
        kind,
        `${problem} "gaussian" and "deterministic" need an element without bounds and "squashedGaussian" one with both. ${advice}`,
      );
    }
    throw boundsWanted
      ? unsuitable(where, space, kind, `${problem} "${kind}" needs both bounds. Use "gaussian", or give bounds`)
      : unsuitable(
          where,
          space,
          kind,
          `${problem} "${kind}" may act outside of bounds. Use "squashedGaussian", or remove the bounds`,
        );
  }
  if (kind === 'deterministic') return createDeterministic(size);
  if (kind === 'gaussian') return createGaussian(size, spec);
  const low = Float64Array.from({ length: size }, (_, j) => lowOf(space, j));
  const high = Float64Array.from({ length: size }, (_, j) => highOf(space, j));
  const distribution = createSquashedGaussian(low, high, spec);
  if (distribution === undefined) {
    throw unsuitable(
      where,
      space,
      kind,
      'has bounds that float32 numbers cannot lie between: too close together for their size, or too large. Rescale the space',
    );
  }
  return distribution;
}

function unsuitable(where: string, space: Space, kind: Kind, problem: string): Error {
  return policyError('POLICY_DISTRIBUTION_UNSUITABLE', `${where} ${problem}.`, { data: { where, space, kind } });
}
