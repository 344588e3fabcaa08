import { type Static, Type } from 'typebox';

export const EnterOfferOptions = Type.Object(
  {
    actions: Type.Union([Type.Literal('hierarchical'), Type.Literal('composite')], {
      default: 'hierarchical',
      description:
        'hierarchical: a decision and then a price, each paid by its own reward head. composite: one number that is 0 to pass and else the price, paid by the profit; fewer outputs, no credit of its own for the decision.',
    }),
    entryCost: Type.Number({
      default: 0.04,
      minimum: 0,
      maximum: 1,
      description:
        'What entering costs, F. More keeps more sellers out; from 0.25 on entering never pays. The best price does not depend on it.',
    }),
  },
  { additionalProperties: false },
);
export type EnterOfferOptions = Static<typeof EnterOfferOptions>;
