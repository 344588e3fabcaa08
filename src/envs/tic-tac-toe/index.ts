import { type Static, Type } from 'typebox';
import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createTicTacToe } from './game.js';

const TicTacToeOptions = Type.Object(
  {
    starts: Type.Union([Type.Literal('agent-0'), Type.Literal('random')], {
      default: 'agent-0',
      description:
        'Who moves first: always agent-0, or either with probability ½, anew in every game: each agent then learns both sides.',
    }),
  },
  { additionalProperties: false },
);

/** Noughts and crosses. See docs/environments/tic-tac-toe-v1.md. */
export const ticTacToe: EnvironmentDefinition<Static<typeof TicTacToeOptions>> = defineBatchedEnvironment({
  id: 'tic-tac-toe-v1',
  description: 'Two agents take turns on a board of 3 × 3; three in a row win. Illegal moves are masked.',
  options: TicTacToeOptions,
  create: ({ starts }) => createTicTacToe(starts === 'random'),
});
