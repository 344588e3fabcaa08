import { nearestName } from '../base/index.js';
import { cartpole } from './cartpole/index.js';
import { cueRecall } from './cue-recall/index.js';
import { assertDefinition } from './definition.js';
import { doubleAuction } from './double-auction/index.js';
import { enterOffer } from './enter-offer/index.js';
import { envError } from './errors.js';
import { hierarchicalDemo } from './hierarchical-demo/index.js';
import { kuhnPoker } from './kuhn-poker/index.js';
import { levelForaging } from './level-foraging/index.js';
import { matrixGame } from './matrix/index.js';
import { medianGame } from './median/index.js';
import { simpleAdversary, simpleReference, simpleSpeakerListener, simpleSpread, simpleTag } from './mpe/index.js';
import { pendulum } from './pendulum/index.js';
import type { EnvironmentDefinition } from './port.js';
import { postedPrice } from './posted-price/index.js';
import { rockPaperScissors } from './rock-paper-scissors/index.js';
import { ticTacToe } from './tic-tac-toe/index.js';
import { twoRooms } from './two-rooms/index.js';
import { twoStep } from './two-step/index.js';

export type EnvironmentCatalog = ReadonlyMap<string, EnvironmentDefinition>;

/** The environments that come with the library. A new one is a folder and a line here. */
export const environmentCatalog: EnvironmentCatalog = createCatalog([
  medianGame,
  cartpole,
  doubleAuction,
  enterOffer,
  postedPrice,
  hierarchicalDemo,
  matrixGame,
  twoStep,
  pendulum,
  rockPaperScissors,
  ticTacToe,
  kuhnPoker,
  levelForaging,
  simpleSpread,
  simpleTag,
  simpleAdversary,
  simpleReference,
  simpleSpeakerListener,
  twoRooms,
  cueRecall,
]);

/** The library's environments and `extra` ones. Throws ENV_DEFINITION_INVALID for a malformed entry or an id that is taken. */
export function createEnvironmentCatalog(extra: Iterable<EnvironmentDefinition>): EnvironmentCatalog {
  return createCatalog([...environmentCatalog.values(), ...extra]);
}

function createCatalog(definitions: readonly EnvironmentDefinition[]): EnvironmentCatalog {
  const catalog = new Map<string, EnvironmentDefinition>();
  for (const definition of definitions) {
    assertDefinition(definition);
    if (catalog.has(definition.id)) {
      throw envError(
        'ENV_DEFINITION_INVALID',
        `two environments have the id "${definition.id}"; rename one or raise its version`,
        {
          data: { environment: definition.id, where: 'id' },
        },
      );
    }
    catalog.set(definition.id, definition);
  }
  return catalog;
}

/** The environment with this id. Throws ENV_UNKNOWN, with the nearest id where one is near. */
export function findEnvironment(catalog: EnvironmentCatalog, id: string): EnvironmentDefinition {
  const definition = catalog.get(id);
  if (definition !== undefined) return definition;
  const nearest = nearestName(id, catalog.keys());
  const advice = nearest === undefined ? `known are ${[...catalog.keys()].join(', ')}` : `did you mean "${nearest}"?`;
  throw envError('ENV_UNKNOWN', `there is no environment ${JSON.stringify(id)}; ${advice}`, {
    data: { id, ...(nearest === undefined ? {} : { nearest }), known: [...catalog.keys()] },
  });
}
