import { type Static, Type } from 'typebox';
import { qLearningProperties, teamProperties } from '../shared/q-learning/options.js';

const widths = Type.Array(Type.Integer({ minimum: 1, maximum: 65_536 }), { maxItems: 64 });

export const QmixOptions = Type.Object(
  {
    ...qLearningProperties,
    ...teamProperties,
    mixerState: Type.Union([Type.Literal('auto'), Type.Literal('globalState'), Type.Literal('observations')], {
      default: 'auto',
      description:
        'What the mixer sees. globalState: that of the environment. observations: those of all agents, joined. auto: the global state where there is one.',
    }),
    embeddingSize: Type.Integer({
      default: 32,
      minimum: 1,
      maximum: 4096,
      description: 'Width of the mixer’s hidden layer. Wider mixes more freely.',
    }),
    hypernetworkHidden: {
      ...widths,
      default: [],
      description: 'Widths of the hidden layers between the state and the mixer’s weights; [] is a linear function.',
    },
  },
  { additionalProperties: false },
);
export type QmixOptions = Static<typeof QmixOptions>;
