import { type Static, Type } from 'typebox';
import { PpoOptions } from '../ppo/options.js';

export const MappoOptions = Type.Object(
  {
    ...PpoOptions.properties,
    criticInput: Type.Union([Type.Literal('globalState'), Type.Literal('observations')], {
      default: 'observations',
      description:
        'What the value networks see in training: all agents’ observations, or the environment’s global state, where it has one.',
    }),
    criticAgentId: Type.Boolean({
      default: true,
      description:
        'The value network of a policy of several agents sees, besides, which of them it judges. Without it, they have one value.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type MappoOptions = Static<typeof MappoOptions>;
