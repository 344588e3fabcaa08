import { type Static, Type } from 'typebox';
import { envError } from '../errors.js';
import { findValueFault, supportOf, valueDistribution } from './values.js';

const PRICE = { minimum: -1e6, maximum: 1e6 } as const;

export const DoubleAuctionOptions = Type.Object(
  {
    buyers: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 256,
      description: 'Buyers, n. More of either side make the market competitive, and each step slower.',
    }),
    sellers: Type.Integer({ default: 1, minimum: 1, maximum: 256, description: 'Sellers, m.' }),
    buyerValues: valueDistribution({
      default: { kind: 'uniform', low: 0, high: 1 },
      description: 'What the good is worth to a buyer; drawn anew for every buyer and episode.',
    }),
    sellerCosts: valueDistribution({
      default: { kind: 'uniform', low: 0, high: 1 },
      description: 'What the good costs a seller; drawn anew for every seller and episode.',
    }),
    mechanism: Type.Union([Type.Literal('uniform-price'), Type.Literal('bilateral')], {
      default: 'uniform-price',
      description:
        'uniform-price: the highest bids trade with the lowest asks at one price. bilateral: buyers meet sellers at random; wastes gains, and each pair bargains for itself.',
    }),
    actions: Type.Union([Type.Literal('price'), Type.Literal('hierarchical'), Type.Literal('composite')], {
      default: 'price',
      description:
        'price: everybody quotes. hierarchical: whether to take part, then the price. composite: one number for both.',
    }),
    reservation: Type.Boolean({
      default: true,
      description:
        'Whether the action space keeps a buyer from bidding above its value and a seller from asking below its cost. false: losses are possible and have to be learned away.',
    }),
    priceRange: Type.Union(
      [Type.Literal('values'), Type.Literal('unbounded'), Type.Tuple([Type.Number(PRICE), Type.Number(PRICE)])],
      {
        default: 'values',
        description:
          'Prices that may be quoted. values: from the lowest to the highest value or cost. A wide range makes random quotes useless; composite actions have none.',
      },
    ),
    participationCost: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 1e6,
      description:
        'Paid by who quotes, trade or no trade. Above 0, traders with little to gain do better to stay away.',
    }),
  },
  { additionalProperties: false },
);
export type DoubleAuctionOptions = Static<typeof DoubleAuctionOptions>;

/** What the schema cannot say: distributions that can be drawn from, a price for every value. Throws ENV_OPTIONS_INVALID. */
export function assertDoubleAuctionOptions(options: DoubleAuctionOptions): void {
  const fail = (pointer: string, problem: string): never => {
    throw envError('ENV_OPTIONS_INVALID', `options of environment "double-auction-v1": ${pointer} ${problem}`, {
      data: { environment: 'double-auction-v1', faults: [{ pointer, message: problem }] },
    });
  };
  for (const side of ['buyerValues', 'sellerCosts'] as const) {
    const fault = findValueFault(options[side]);
    if (fault !== undefined) fail(`/${side}${fault.pointer}`, fault.message);
  }
  if (options.actions === 'composite') {
    if (!options.reservation) {
      fail('/reservation', 'is false, but a composite action always keeps to its reservation; use other actions');
    }
    if (Array.isArray(options.priceRange)) {
      fail('/priceRange', 'is given, but a composite action has no range; leave it out or use other actions');
    }
    return;
  }
  const range = priceRangeOf(options);
  if (range === undefined) return;
  const [low, high] = range;
  if (!(low < high)) fail('/priceRange', `is ${low} to ${high}; give [low, high] with low below high, as float32`);
  if (!options.reservation) return;
  for (const side of ['buyerValues', 'sellerCosts'] as const) {
    const support = supportOf(options[side]);
    if (support.low >= low && support.high <= high) continue;
    const problem = `is ${low} to ${high}, but ${side} is ${support.low} to ${support.high}`;
    fail('/priceRange', `${problem}: a trader outside could not quote; widen the range, or set reservation to false`);
  }
}

/** The lowest and highest price that may be quoted, as float32; undefined where there is none. */
export function priceRangeOf({
  priceRange,
  buyerValues,
  sellerCosts,
}: DoubleAuctionOptions): readonly [low: number, high: number] | undefined {
  if (priceRange === 'unbounded') return undefined;
  if (priceRange !== 'values') return [Math.fround(priceRange[0]), Math.fround(priceRange[1])];
  const values = supportOf(buyerValues);
  const costs = supportOf(sellerCosts);
  return [Math.min(values.low, costs.low), Math.max(values.high, costs.high)];
}
