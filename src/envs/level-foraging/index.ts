import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createLevelForaging } from './game.js';
import { LevelForagingOptions } from './options.js';

/** Agents collect food on a grid, some of it only together. See docs/environments/level-foraging-v1.md. */
export const levelForaging: EnvironmentDefinition<LevelForagingOptions> = defineBatchedEnvironment({
  id: 'level-foraging-v1',
  description: 'n agents walk on a grid and load food, alone or together, as their levels allow.',
  options: LevelForagingOptions,
  create: createLevelForaging,
});
