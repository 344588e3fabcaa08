import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createCueRecall } from './game.js';
import { CueRecallOptions } from './options.js';

/** A game of memory. See docs/environments/cue-recall-v1.md. */
export const cueRecall: EnvironmentDefinition<CueRecallOptions> = defineBatchedEnvironment({
  id: 'cue-recall-v1',
  description: 'A cue is shown in the first step and asked for in the last; whoever names it is paid 1.',
  options: CueRecallOptions,
  create: createCueRecall,
});
