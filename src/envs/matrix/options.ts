import { type Static, Type } from 'typebox';

export const MatrixOptions = Type.Object(
  {
    game: Type.Union(
      [
        Type.Literal('climbing'),
        Type.Literal('penalty'),
        Type.Literal('prisoners-dilemma'),
        Type.Literal('matching-pennies'),
        Type.Literal('coordination'),
        Type.Literal('custom'),
      ],
      { default: 'climbing', description: 'The stage game: one with a name, or `custom` for that of `payoffs`.' },
    ),
    k: Type.Number({
      default: 25,
      minimum: 0,
      maximum: 1_000_000,
      description:
        'Of `penalty` only: what the two best joint actions cost when the agents miss each other. More drives learners to the safe action.',
    }),
    payoffs: Type.Array(Type.Unknown(), {
      default: [],
      description:
        'Of `custom` only: a table for each agent, or one for all. A table is nested, agent 0 outermost: [[3, 0], [5, 1]]; or flat, agent 0 slowest, with `actions`.',
    }),
    actions: Type.Array(Type.Integer({ minimum: 1, maximum: 10_000 }), {
      default: [],
      description: 'Of `custom` only: how many actions each agent has. [] reads it off the first table.',
    }),
    steps: Type.Integer({
      default: 25,
      minimum: 1,
      maximum: 1_000_000,
      description:
        'Rounds of an episode. More rounds average metrics over more play, and give `last-actions` more to react to.',
    }),
    observation: Type.Union([Type.Literal('none'), Type.Literal('last-actions')], {
      default: 'none',
      description:
        'none: the number 1. last-actions: what everybody did in the round before, one-hot; strategies such as tit-for-tat become possible, and the input grows with the actions.',
    }),
  },
  { additionalProperties: false },
);
export type MatrixOptions = Static<typeof MatrixOptions>;
