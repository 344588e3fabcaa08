import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createMatrixGame } from './game.js';
import { choosePayoffs } from './games.js';
import { MatrixOptions } from './options.js';

/** A matrix game, played in rounds. See docs/environments/matrix-v1.md. */
export const matrixGame: EnvironmentDefinition<MatrixOptions> = defineBatchedEnvironment({
  id: 'matrix-v1',
  description: 'n agents play a matrix game in rounds: a known one, or one of your own payoff tables.',
  options: MatrixOptions,
  create: (options) => createMatrixGame(choosePayoffs(options), options),
});
