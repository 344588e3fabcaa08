import { binary, box, composite, hierarchical, observed, type Space } from '../../spaces/index.js';
import type { AgentSpec, EnvironmentBatch } from '../port.js';
import type { Round } from './mechanism.js';
import { type DoubleAuctionOptions, priceRangeOf } from './options.js';
import { supportOf } from './values.js';

export type Side = 'buyer' | 'seller';

/** The traders, buyers first. Each observes its value or cost, which bounds what it may quote where `reservation` is set. */
export function createTraders(options: DoubleAuctionOptions): readonly AgentSpec[] {
  const { buyers, sellers } = options;
  const alone = buyers === 1 && sellers === 1;
  const side = (name: Side, count: number): AgentSpec[] => {
    const { low, high } = supportOf(name === 'buyer' ? options.buyerValues : options.sellerCosts);
    const observationSpace = box(1, low < high ? { low, high } : {});
    const actionSpace = actionSpaceOf(options, name);
    return Array.from({ length: count }, (_, i) => ({
      id: alone ? name : `${name}-${i}`,
      observationSpace,
      actionSpace,
    }));
  };
  return [...side('buyer', buyers), ...side('seller', sellers)];
}

function actionSpaceOf(options: DoubleAuctionOptions, side: Side): Space {
  const { actions, reservation } = options;
  if (actions === 'composite') return composite(side, observed(0));
  const [low, high] = priceRangeOf(options) ?? [undefined, undefined];
  const price = box(1, {
    ...(reservation && side === 'seller' ? { low: observed(0) } : low === undefined ? {} : { low }),
    ...(reservation && side === 'buyer' ? { high: observed(0) } : high === undefined ? {} : { high }),
  });
  if (actions === 'price') return price;
  return hierarchical([
    { name: 'trade', space: binary(), reward: 'trade' },
    { name: 'price', space: price, when: { level: 'trade', is: [1] }, reward: 'price' },
  ]);
}

/** Reads the quotes of an instance into a round. The price is an action's last number; who does not always quote does so where
 *  the first one is not 0: a level of its own, or the composite number itself. */
export function createQuoteReader({
  actions,
}: DoubleAuctionOptions): (batch: EnvironmentBatch, b: number, round: Round) => void {
  const width = actions === 'hierarchical' ? 2 : 1;
  const always = actions === 'price';
  return ({ action }, b, { offered, quote }) => {
    for (let i = 0; i < offered.length; i++) {
      const numbers = action[i]!;
      offered[i] = always || numbers[b * width] !== 0 ? 1 : 0;
      quote[i] = numbers[b * width + width - 1]!;
    }
  };
}
