import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createTwoRooms } from './game.js';
import { TwoRoomsOptions } from './options.js';

/** A grid world that is seen as a picture. See docs/environments/two-rooms-v1.md. */
export const twoRooms: EnvironmentDefinition<TwoRoomsOptions> = defineBatchedEnvironment({
  id: 'two-rooms-v1',
  description: 'Agents see a picture of two rooms with a door between them, and walk to their goals.',
  options: TwoRoomsOptions,
  create: createTwoRooms,
});
