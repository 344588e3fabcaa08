import { type Static, Type } from 'typebox';

export const RockPaperScissorsOptions = Type.Object(
  {
    wins: Type.Array(Type.Number({ minimum: 0.001, maximum: 1_000_000 }), {
      default: [1, 1, 1],
      minItems: 3,
      maxItems: 3,
      description:
        'What a win with rock, with paper and with scissors is paid. Unequal ones move the equilibrium away from ⅓ each, where a policy that has learned nothing begins.',
    }),
    lossScale: Type.Number({
      default: 1,
      minimum: 0,
      maximum: 1000,
      description:
        'What the loser pays, as a multiple of what the winner is paid. 1 is zero-sum; less makes conflict worth while and pulls one shared policy inward, more drives it outward.',
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
        'none: the number 1. last-actions: one’s own action of the round before, then the other’s, one-hot: opponents that react can be learned, and exploited.',
    }),
  },
  { additionalProperties: false },
);
export type RockPaperScissorsOptions = Static<typeof RockPaperScissorsOptions>;
