import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createMedianGame } from './game.js';
import { assertMedianOptions, MedianOptions } from './options.js';

/** Each of n agents says a number; whoever is nearest the median loses least. See docs/environments/median-v1.md. */
export const medianGame: EnvironmentDefinition<MedianOptions> = defineBatchedEnvironment({
  id: 'median-v1',
  description: 'n agents each say a number and are paid by its squared distance to the median of all.',
  options: MedianOptions,
  create(options) {
    assertMedianOptions(options);
    return createMedianGame(options);
  },
});
