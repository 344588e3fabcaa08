import { availableParallelism } from 'node:os';
import { COMMON_SETTINGS, defineSettings } from '../process/index.js';

/** What an actor process can be told. */
export const actorSettings = defineSettings({
  ...COMMON_SETTINGS,
  ACTOR_SLOTS: {
    type: 'integer',
    minimum: 1,
    maximum: 1024,
    default: { value: availableParallelism, text: 'one per core' },
    flag: 'slots',
    description:
      'Rollout tasks that are worked on at a time, each in a thread of its own. More than cores gain nothing and cost memory; set it where a container may use only a part of the cores.',
  },
});
