import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createEnterOffer } from './game.js';
import { EnterOfferOptions } from './options.js';

/** A seller decides whether to enter a market and at which price. See docs/environments/enter-offer-v1.md. */
export const enterOffer: EnvironmentDefinition<EnterOfferOptions> = defineBatchedEnvironment({
  id: 'enter-offer-v1',
  description: 'A seller enters or passes and, having entered, asks a price of a buyer whose value it does not see.',
  options: EnterOfferOptions,
  create: createEnterOffer,
});
