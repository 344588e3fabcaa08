import { cliError } from '../errors.js';
import type { VerifyCase } from './case.js';

export interface Selection {
  readonly algorithm: readonly string[];
  readonly game: readonly string[];
  readonly short: boolean;
}

/** The cases that the names choose; all where none is given. Throws CLI_USAGE for names that no case has. */
export function selectCases(
  cases: readonly VerifyCase[],
  { algorithm, game, short }: Selection,
): readonly VerifyCase[] {
  assertKnown(
    '--algorithm',
    algorithm,
    cases.map((one) => one.algorithm),
  );
  assertKnown(
    '--game',
    game,
    cases.map((one) => one.game),
  );
  const chosen = cases.filter(
    (one) =>
      (algorithm.length === 0 || algorithm.includes(one.algorithm)) &&
      (game.length === 0 || game.includes(one.game)) &&
      (!short || one.short === true),
  );
  if (chosen.length === 0) throw cliError('CLI_USAGE', 'no case has these games and algorithms together');
  return chosen;
}

function assertKnown(option: string, named: readonly string[], known: readonly string[]): void {
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw cliError('CLI_USAGE', `${option} ${unknown} is in no case; there are ${[...new Set(known)].join(', ')}`, {
    data: { option, value: unknown },
  });
}
