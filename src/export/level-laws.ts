import { createDistribution, distributionKind, EarlierDecisions, levelDistributions } from '../policies/index.js';
import { type CompositeSpace, elementSize, type PlacedLevel, placeLevels, type SimpleSpace } from '../spaces/index.js';
import type { PolicyDescription } from './description.js';

/** How one level of a policy's action is decided; an action that is not hierarchical has one level without a name. */
export interface LevelLaw {
  readonly name: string | null;
  readonly space: SimpleSpace | CompositeSpace;
  readonly kind: ReturnType<typeof distributionKind>;
  /** Outputs of its network. */
  readonly outputSize: number;
  /** The level's place among the numbers of an action and of a mask. */
  readonly offset: number;
  readonly size: number;
  readonly maskOffset: number;
  readonly maskSize: number;
  readonly condition: PlacedLevel['condition'];
  /** Decisions before it, as inputs of its network behind the observation's features. */
  readonly earlier: EarlierDecisions | null;
}

/** The levels in the order in which they are decided. Throws POLICY_DISTRIBUTION_UNSUITABLE, POLICY_LOG_STD_INVALID. */
export function levelLaws({ policyId, observationSpace, actionSpace, masked, spec }: PolicyDescription): LevelLaw[] {
  const observationSize = elementSize(observationSpace);
  const where = `policy "${policyId}"`;
  if (actionSpace.kind !== 'hierarchical') {
    const law = createDistribution(actionSpace, spec.distribution, masked, where, observationSize);
    return [
      {
        name: null,
        space: actionSpace,
        kind: distributionKind(actionSpace, spec.distribution),
        outputSize: law.outputSize,
        offset: 0,
        size: law.actionSize,
        maskOffset: 0,
        maskSize: law.maskSize,
        condition: null,
        earlier: null,
      },
    ];
  }
  const levels = placeLevels(actionSpace);
  const distributions = levelDistributions(actionSpace, spec);
  return levels.map(({ name, space, offset, size, maskOffset, condition }, l) => {
    const law = createDistribution(space, distributions[l]!, masked, `${where}, level "${name}"`, observationSize);
    return {
      name,
      space,
      kind: distributionKind(space, distributions[l]!),
      outputSize: law.outputSize,
      offset,
      size,
      maskOffset: masked ? maskOffset : 0,
      maskSize: law.maskSize,
      condition,
      earlier: new EarlierDecisions(levels, l),
    };
  });
}
