import { assertNotCustom, customPayoffs } from './custom.js';
import type { MatrixOptions } from './options.js';
import type { Payoffs } from './payoffs.js';

/** The stage game that the options choose. Throws ENV_OPTIONS_INVALID where they do not make one. */
export function choosePayoffs(options: MatrixOptions): Payoffs {
  if (options.game !== 'custom') assertNotCustom(options);
  switch (options.game) {
    // Claus and Boutilier 1998, also the source of the penalty game.
    case 'climbing':
      return shared(3, [11, -30, 0, -30, 7, 6, 0, 0, 5]);
    case 'penalty':
      return shared(3, [-options.k, 0, 10, 0, 2, 0, 10, 0, -options.k]);
    // Action 0 cooperates: T = 5, R = 3, P = 1, S = 0.
    case 'prisoners-dilemma':
      return twoPlayers(2, [3, 0, 5, 1], [3, 5, 0, 1]);
    case 'matching-pennies':
      return twoPlayers(2, [1, -1, -1, 1], [-1, 1, 1, -1]);
    case 'coordination':
      return shared(2, [1, 0, 0, 1]);
    case 'custom':
      return customPayoffs(options);
  }
}

const shared = (count: number, table: readonly number[]): Payoffs => twoPlayers(count, table, table);

const twoPlayers = (count: number, first: readonly number[], second: readonly number[]): Payoffs => ({
  counts: [count, count],
  strides: [count, 1],
  tables: [Float64Array.from(first), Float64Array.from(second)],
});
