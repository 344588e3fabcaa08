import type { ActionProfile, AgentSpec } from '../port.js';
import { equilibriumAsk, equilibriumBid } from './equilibrium.js';
import type { DoubleAuctionOptions } from './options.js';
import type { Side } from './quotes.js';
import { possibleValues, supportOf, type ValueDistribution } from './values.js';

const POINTS = 41;

/** The price of the first buyer against its value and of the first seller against its cost. */
export function createProfiles(options: DoubleAuctionOptions, traders: readonly AgentSpec[]): readonly ActionProfile[] {
  const profile = (side: Side, agent: AgentSpec, values: ValueDistribution): ActionProfile => {
    const points = pointsOf(values);
    return {
      agent: agent.id,
      label: side === 'buyer' ? 'private value' : 'private cost',
      points,
      observations: points.map((point) => [point]),
      element: options.actions === 'hierarchical' ? 1 : 0,
      quantity: 'price',
      ...referenceOf(options, side, points),
    };
  };
  return [
    profile('buyer', traders[0]!, options.buyerValues),
    profile('seller', traders[options.buyers]!, options.sellerCosts),
  ];
}

/** Few possible values are drawn themselves, a range is divided evenly. */
function pointsOf(distribution: ValueDistribution): readonly number[] {
  if (distribution.kind === 'discrete') {
    const values = possibleValues(distribution);
    if (values.length <= POINTS) return values;
  }
  const { low, high } = supportOf(distribution);
  return Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
}

/** The linear equilibrium, where it is one: one pair, both uniform on the same range, quoting for free. The reservation only
 *  takes away quotes that it does not use. */
function referenceOf(
  options: DoubleAuctionOptions,
  side: Side,
  points: readonly number[],
): Pick<ActionProfile, 'reference'> {
  const { buyers, sellers, buyerValues, sellerCosts, participationCost, actions } = options;
  if (buyers !== 1 || sellers !== 1 || participationCost !== 0) return {};
  if (buyerValues.kind !== 'uniform' || sellerCosts.kind !== 'uniform') return {};
  const { low, high } = buyerValues;
  if (sellerCosts.low !== low || sellerCosts.high !== high) return {};
  // Equilibria move and stretch with the unit of money.
  const line = side === 'buyer' ? equilibriumBid : equilibriumAsk;
  const quantity = points.map((point) => {
    const quote = line((point - low) / (high - low));
    return quote === null ? null : low + (high - low) * quote;
  });
  return {
    reference: {
      label: 'Chatterjee–Samuelson equilibrium',
      quantity,
      ...(actions === 'price' ? {} : { participation: quantity.map((quote) => (quote === null ? null : 1)) }),
    },
  };
}
