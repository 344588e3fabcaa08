import { type TProperties, Type } from 'typebox';
import { levelCount, placeLevels, type Space } from '../../spaces/index.js';

/** Options of hierarchical actions that every algorithm shares; `level` is what may differ by level. */
export const creditProperties = <Level extends TProperties>(level: Level) => ({
  credit: Type.Union([Type.Literal('decoupled'), Type.Literal('shared')], {
    default: 'decoupled',
    description:
      'Hierarchical actions. decoupled: every level is paid by its own reward head, with an advantage and a value output of its own. shared: one advantage for all levels, of all reward heads added up.',
  }),
  levels: Type.Record(Type.String(), Type.Object(level, { additionalProperties: false }), {
    default: {},
    description: 'Hierarchical actions with decoupled credit: options that differ by level, by level name.',
  }),
});

/** What may differ by level in every algorithm. */
export const levelProperties = {
  gamma: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Discount γ of the level’s rewards.' })),
  entropyCoefficient: Type.Optional(
    Type.Number({ minimum: 0, maximum: 100, description: 'Weight of the level’s entropy bonus.' }),
  ),
  learningRate: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 10,
      description: 'Step size of the level’s network, which must be separate.',
    }),
  ),
};

/** The step sizes that options by level name. */
export const levelLearningRates = (
  levels: Readonly<Record<string, { readonly learningRate?: number }>>,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(levels).flatMap(([name, { learningRate }]) =>
      learningRate === undefined ? [] : [[name, learningRate]],
    ),
  );

/** Decisions that are paid together: their log-probabilities add up, and their reward is the sum of some reward heads. */
export interface CreditChannel {
  /** The level; empty where the channel is the only one. */
  readonly name: string;
  readonly levels: readonly number[];
  readonly heads: readonly number[];
}

/** The channels of an action space: one per level with decoupled credit, otherwise one of all. A level that names no reward head is
 *  paid by all of them. */
export function creditChannels(
  space: Space,
  rewardHeads: readonly string[],
  credit: 'decoupled' | 'shared',
): readonly CreditChannel[] {
  const all = rewardHeads.map((_, h) => h);
  if (space.kind !== 'hierarchical' || credit === 'shared') {
    return [{ name: '', levels: Array.from({ length: levelCount(space) }, (_, l) => l), heads: all }];
  }
  return placeLevels(space).map(({ name, reward }, l) => ({
    name,
    levels: [l],
    heads: reward === null ? all : [rewardHeads.indexOf(reward)],
  }));
}
