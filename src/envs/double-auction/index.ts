import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createDoubleAuction } from './game.js';
import { assertDoubleAuctionOptions, DoubleAuctionOptions } from './options.js';

/** Buyers and sellers with private values quote prices, once, all at once. See docs/environments/double-auction-v1.md. */
export const doubleAuction: EnvironmentDefinition<DoubleAuctionOptions> = defineBatchedEnvironment({
  id: 'double-auction-v1',
  description:
    'Buyers and sellers with private values quote sealed prices; a mechanism decides who trades, and at what.',
  options: DoubleAuctionOptions,
  create(options) {
    assertDoubleAuctionOptions(options);
    return createDoubleAuction(options);
  },
});
