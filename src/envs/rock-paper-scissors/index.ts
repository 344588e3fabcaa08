import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createRockPaperScissors } from './game.js';
import { RockPaperScissorsOptions } from './options.js';

/** Rock, paper, scissors in rounds, with stakes of one's own. See docs/environments/rock-paper-scissors-v1.md. */
export const rockPaperScissors: EnvironmentDefinition<RockPaperScissorsOptions> = defineBatchedEnvironment({
  id: 'rock-paper-scissors-v1',
  description: 'Two agents play rounds of rock, paper, scissors: only mixing is safe, and learners circle.',
  options: RockPaperScissorsOptions,
  create: createRockPaperScissors,
});
