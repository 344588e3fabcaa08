import cartpole from '../../../examples/cartpole.json' with { type: 'json' };
import doubleAuction from '../../../examples/double-auction.json' with { type: 'json' };
import doubleAuctionHierarchical from '../../../examples/double-auction-hierarchical.json' with { type: 'json' };
import enterOffer from '../../../examples/enter-offer.json' with { type: 'json' };
import hierarchicalDemo from '../../../examples/hierarchical-demo.json' with { type: 'json' };
import market from '../../../examples/market.json' with { type: 'json' };
import matrix from '../../../examples/matrix.json' with { type: 'json' };
import median from '../../../examples/median.json' with { type: 'json' };
import medianMlp from '../../../examples/median-mlp.json' with { type: 'json' };
import postedPrice from '../../../examples/posted-price.json' with { type: 'json' };
import twoStep from '../../../examples/two-step.json' with { type: 'json' };
import type { JsonObject } from './form/json-schema.js';

/** Specs that are known to learn, to begin with. */
export const PRESETS: readonly (JsonObject & { readonly name: string; readonly env: { readonly id: string } })[] = [
  median,
  medianMlp,
  cartpole,
  matrix,
  twoStep,
  postedPrice,
  enterOffer,
  hierarchicalDemo,
  doubleAuction,
  doubleAuctionHierarchical,
  market,
];
