import type { PolicyDescription } from './description.js';
import { type LevelLaw, levelLaws } from './level-laws.js';

/** How the mode of one level of an action follows from its network's outputs, for those who do that themselves. */
export interface ActionRule {
  /** Null where the action is not hierarchical. */
  readonly level: string | null;
  readonly law: string;
  /** Outputs of its network. */
  readonly outputs: number;
  /** The numbers of the action that it decides: [offset, offset + size). */
  readonly offset: number;
  readonly size: number;
  /** Inputs of its network behind those of the observation: the decisions before it. */
  readonly earlier: readonly EarlierInput[];
  readonly rule: string;
}

/** One earlier number of the action, as inputs: itself where it has no choices, else as many numbers as choices, that of the chosen
 *  one 1. Zeros where its level is not decided. */
export interface EarlierInput {
  readonly element: number;
  readonly choices: number;
}

export const actionRules = (policy: PolicyDescription): readonly ActionRule[] =>
  levelLaws(policy).map((law) => ({
    level: law.name,
    law: law.kind,
    outputs: law.outputSize,
    offset: law.offset,
    size: law.size,
    earlier: (law.earlier?.parts ?? []).map(({ offset, choices }) => ({ element: offset, choices })),
    rule: ruleOf(law) + conditionOf(law),
  }));

function ruleOf({ kind, space, maskSize, outputSize, size }: LevelLaw): string {
  const legal = maskSize > 0 ? ' among those whose mask is not 0' : '';
  switch (kind) {
    case 'categorical':
    case 'epsilonGreedy': {
      if (space.kind === 'binary') return `for each of the pairs of outputs, the place of the greatest${legal}`;
      const counts = space.kind === 'multiDiscrete' ? `segments of ${space.counts.join(', ')} outputs` : 'all outputs';
      return `for ${counts}, the place of the greatest${legal}; the first of equal ones`;
    }
    case 'bernoulli':
      return maskSize > 0
        ? '1 where the output is above 0, else 0; the legal one of both where the mask allows one'
        : '1 where the output is above 0, else 0';
    case 'gaussian':
    case 'deterministic':
      return outputSize > size ? 'the first half of the outputs' : 'the outputs themselves';
    case 'squashedGaussian':
    case 'noisyDeterministic':
      return `each output u${outputSize > size ? ' of the first half' : ''} brought into its bounds: low + (high − low)/2·(tanh u + 1), low + softplus(u), high − softplus(u), or u where there is none`;
    case 'truncatedGaussian':
      return 'each output, held within its bounds';
    case 'composite': {
      const price = space.kind === 'composite' && space.side === 'buyer' ? 'min(q, r)' : 'max(q, r)';
      return `of the outputs x and q: ${price} where x is above 0, r being the reservation; else 0`;
    }
  }
}

function conditionOf({ condition }: LevelLaw): string {
  if (condition === null) return '';
  return `; 0 unless element ${condition.offset} of the action is one of ${condition.is.join(', ')} and was decided itself`;
}
